"""A gate that keeps lines in memory and answers as docs/protocol.md says; faults are set on its attributes."""

import contextlib
import http.server
import json
import socket
import socketserver
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


class Gate:
    def __init__(self):
        self.changed = threading.Condition()
        self.hellos = []
        self.lines = {}  # by writer, then by number
        self.repeats = 0
        self.texts = []
        self.stop = None
        self.refuse = {}  # code by number
        self.hello_error = None
        self.token = None
        self.acks = True
        self.deaf = False  # lines are taken and forgotten
        self.lose = set()  # numbers of lines that get lost, once each
        self.close_after = None  # lines after which the connection is cut, once
        self.connections = 0
        self.protocol = 1

    def take(self, text, speaker):
        """Answers of one frame, and the hello now in force."""
        answers, touched = [], None
        with self.changed:
            self.texts.append(text)
            for raw in text.split("\n"):
                if not raw:
                    continue
                line = json.loads(raw, parse_constant=lambda word: pytest_fail(f"bare {word} on the wire"))
                if line["kind"] == "run":
                    if self.hello_error:
                        answers.append({"kind": "error", "code": self.hello_error, "message": "said by the test"})
                        continue
                    speaker = line
                    self.hellos.append(line)
                    have = self.lines.setdefault(line["writer"], {})
                    top = max(have, default=0)
                    missing = [[n, n] for n in range(1, top) if n not in have]
                    answers.append(
                        {"kind": "welcome", "protocol": self.protocol, "server": "test", "run": line["run"],
                         "writer": line["writer"], "seq": top, "missing": missing, "attempt": 0, "step": None}
                    )  # fmt: skip
                    if self.stop:
                        answers.append({"kind": "stop", "run": line["run"], **self.stop})
                    continue
                have, seq = self.lines[speaker["writer"]], line["seq"]
                if self.deaf:
                    continue
                touched = speaker
                if seq in self.lose:
                    self.lose.remove(seq)
                    continue
                if seq in have:
                    self.repeats += 1
                    continue
                top = max(have, default=0)
                if seq > top + 1:
                    answers.append({"kind": "gap", "run": speaker["run"], "writer": speaker["writer"],
                                    "from": top + 1, "to": seq - 1})  # fmt: skip
                have[seq] = line
                if seq in self.refuse:
                    answers.append({"kind": "error", "code": self.refuse[seq], "message": "no", "seq": seq})
            if touched and self.acks:
                answers.append({"kind": "ack", "run": touched["run"], "writer": touched["writer"],
                                "seq": max(self.lines[touched["writer"]])})  # fmt: skip
            self.changed.notify_all()
        return answers, speaker

    def all_lines(self, kind=None):
        """Every line, in the order of its writer's numbers."""
        lines = [line for have in self.lines.values() for _, line in sorted(have.items())]
        return [line for line in lines if kind is None or line["kind"] == kind]

    def until(self, holds, within=10):
        """Waits until `holds(self)`."""
        end = time.monotonic() + within
        with self.changed:
            while not holds(self):
                assert time.monotonic() < end, f"never came; the last lines are {self.all_lines()[-5:]}"
                self.changed.wait(0.05)


def pytest_fail(message):
    raise AssertionError(message)


@contextlib.contextmanager
def websocket_server(gate, port=0):
    """Serves `gate` by WebSocket; gives its address."""
    open_connections = set()

    def trainer(connection):
        open_connections.add(connection)
        gate.connections += 1
        speaker, seen = None, 0
        with contextlib.suppress(ConnectionClosed):
            for text in connection:
                answers, speaker = gate.take(text, speaker)
                seen += text.count("\n") + 1
                if gate.close_after is not None and seen > gate.close_after:
                    gate.close_after = None
                    connection.socket.shutdown(socket.SHUT_RDWR)
                    return
                if answers:
                    connection.send("\n".join(map(json.dumps, answers)))

    def check(connection, request):
        if gate.token and request.headers.get("Authorization") != f"Bearer {gate.token}":
            return connection.respond(403, "no")
        return None

    server = serve(trainer, "127.0.0.1", port, process_request=check, compression=None)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def http_server(gate, port=0):
    """Serves `gate` by HTTP; gives its address."""

    open_connections = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            open_connections.add(self.connection)

        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if gate.token and self.headers.get("Authorization") != f"Bearer {gate.token}":
                self.reply(403, "")
                return
            answers, _ = gate.take(text, None)
            self.reply(200, "".join(json.dumps(answer) + "\n" for answer in answers))

        def reply(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
