"""A gate that keeps lines in memory and answers as docs/protocol.md says; faults are set on its attributes."""

import array
import base64
import contextlib
import http.server
import json
import math
import re
import socket
import socketserver
import struct
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from tidemark.values import spell


class Gate:
    def __init__(self):
        self.changed = threading.Condition()
        self.hellos = []
        self.lines = {}  # by writer, then by number
        self.repeats = 0
        self.texts = []
        self.binary = 0  # frames of columns
        self.knows_ids = True
        self.stop = None
        self.stop_after = None  # validations after which a stop is sent, once
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
        if isinstance(text, bytes):
            self.binary += 1
            text = "\n".join(map(json.dumps, unpack(text, speaker["names"])))
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
                    speaker = {**line, "names": []}
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
                if line["kind"] == "series":
                    if not self.knows_ids:
                        answers.append({"kind": "error", "code": "bad-kind", "message": "no such kind"})
                        continue
                    assert line["first"] == len(speaker["names"])
                    speaker["names"] += line["names"]
                    answers.append({"kind": "series", "run": speaker["run"], "writer": speaker["writer"],
                                    "count": len(speaker["names"])})  # fmt: skip
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
                if self.stop_after is not None and len(self.validations()) >= self.stop_after:
                    self.stop_after = None
                    answers.append({"kind": "stop", "run": speaker["run"], "step": 1, "epoch": 0, "reason": "enough"})
                if seq in self.refuse:
                    answers.append({"kind": "error", "code": self.refuse[seq], "message": "no", "seq": seq})
            if touched and self.acks:
                answers.append({"kind": "ack", "run": touched["run"], "writer": touched["writer"],
                                "seq": max(self.lines[touched["writer"]])})  # fmt: skip
            self.changed.notify_all()
        return answers, speaker

    def all_lines(self, kind=None):
        """Every line, in the order of its writer's numbers; a packed one as those of its steps."""
        kept = [line for have in self.lines.values() for _, line in sorted(have.items())]
        lines = [each for line in kept for each in unpacked(line)]
        return [line for line in lines if kind is None or line["kind"] == kind]

    def validations(self, name=".*loss"):
        """Values of the validation's series of this name, in their order."""
        logged = [line["values"] for line in self.all_lines("log")]
        return [values[key] for values in logged for key in values if re.fullmatch(f"(val|eval)/{name}", key)]

    def until(self, holds, within=300):
        """Waits until `holds(self)`."""
        end = time.monotonic() + within
        with self.changed:
            while not holds(self):
                assert time.monotonic() < end, f"never came; the last lines are {self.all_lines()[-5:]}"
                self.changed.wait(0.05)


def unpacked(line):
    """A line as those of its steps: itself, unless it is packed."""
    if "packed" not in line:
        return [line]
    frame = base64.b64decode(line["packed"], validate=True)
    return [{**each, "seq": line["seq"]} for each in unpack(frame, line["names"], numbered=False)]


def unpack(frame, names, numbered=True):
    """The lines of a frame of columns; fails where docs/protocol.md says that a server refuses it."""
    kind, flags, count, rows, seq = struct.unpack_from("<BBHId", frame)
    assert (kind, flags) == (1, 3 if numbered else 1)
    heads = [struct.unpack_from("<IIB3x", frame, 16 + 12 * i) for i in range(count)]
    at = -(-(16 + 12 * count) // 8) * 8

    def take(code, length):
        nonlocal at
        found = array.array(code, frame[at : at + length * array.array(code).itemsize])
        at += -(-len(found) * found.itemsize // 8) * 8
        return found.tolist()

    steps, times = take("d", rows), take("d", rows)
    lines = [{"kind": "log", "seq": seq + i, "time": times[i], "step": int(steps[i]), "values": {}}
             for i in range(int(rows))]  # fmt: skip
    for place, length, type_ in heads:
        where = take("I", length) if length < rows else range(rows)
        for row, value in zip(where, take("fd"[type_ - 1], length)):
            spelled = value if math.isfinite(value) else spell(value)
            if names[place] == "epoch":
                lines[row]["epoch"] = spelled
            else:
                lines[row]["values"][names[place]] = spelled
    assert at == len(frame)
    return [{**line, "seq": int(line["seq"])} for line in lines]


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
                seen += text.count("\n") + 1 if isinstance(text, str) else 64
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
