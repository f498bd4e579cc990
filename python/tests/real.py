"""The real server, run from this repository."""

import contextlib
import json
import os
import queue
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
BINARY = ROOT / "bin/tidemark.js"


def why_not():
    """Why the real server cannot be run here; None when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not BINARY.exists() or not (ROOT / "server/main.ts").exists():
        return "the server is not beside this package"
    if not (ROOT / "node_modules").exists() and not (ROOT / "dist/server").exists():
        return "the server is not installed: run `npm start` once"
    return None


class Server:
    def __init__(self, folder):
        self.folder, self.port, self.process, self.url = folder, 0, None, None

    def start(self):
        """Starts it, on the same port as before, and waits until it serves."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")}
        self.process = subprocess.Popen(
            ["node", str(BINARY), "serve", "--port", str(self.port), "--data", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in self.process.stdout], daemon=True).start()
        said, end = [], time.monotonic() + 600
        while not said or not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said[-1])):
            assert self.process.poll() is None or not lines.empty(), "".join(said)
            with contextlib.suppress(queue.Empty):
                said.append(lines.get(timeout=max(0.1, min(1, end - time.monotonic()))))
            assert time.monotonic() < end, "".join(said)
        self.url, self.port = found.group(), int(found.group(1))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(300)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=300) as answer:
            return json.load(answer)

    def post(self, path):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method="POST"), timeout=300) as answer:
            return answer.read()

    def points(self, run, series):
        """(step, value) of each attempt of a series; values as on the wire. None where it has none yet."""
        try:
            found = self.get(f"/api/runs/{run}/points?series={urllib.parse.quote(series, safe='')}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise
        return [list(zip(attempt["steps"], attempt["values"])) for attempt in found["attempts"]]

    def state(self, run):
        return next((each for each in self.get("/api/runs")["runs"] if each["run"] == run), None)

    def until(self, holds, within=300):
        """Waits until `holds()`, asking again and again; what it gave."""
        end = time.monotonic() + within
        while not (found := holds()):
            assert time.monotonic() < end, f"never came: {self.get('/api/runs')}"
            threading.Event().wait(0.05)
        return found
