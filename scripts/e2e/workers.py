"""Worker processes on loopback: devices whose memory is not the host's."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from conftest import TIMEOUT

GREETING = b"capture-worker/1\n"


@cache
def alike(capture) -> tuple[str, ...]:
    """Flags that give a worker the CPU's bits.

    llama.cpp lays some types of weights out anew for the CPU, and multiplies those by other
    kernels, but not on a worker. On a CPU with AMX these are all quantised types, SmolLM2's
    Q4_1 too; elsewhere Q4_1 is not one of them.
    """
    features = json.loads(capture("doctor", "--json"))["engine"]["features"]
    return ("--weights", "bf16") if "AMX_INT8" in features else ()


@dataclass
class Worker:
    """A `capture worker` process."""

    process: subprocess.Popen
    info: dict

    @property
    def address(self) -> str:
        return self.info["listen"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT)

    def stall(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> str:
        """What it wrote to stderr in the end."""
        gone = self.process.poll() is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=TIMEOUT)
        assert gone or self.process.returncode == 0, (self.process.returncode, said)
        return said


def start_worker(capture, listen: str = "127.0.0.1:0", *flags: str) -> Worker:
    process = subprocess.Popen(
        [str(capture.binary), "worker", "--listen", listen, "--json", *flags],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=capture.home, env=capture.environment(),
    )  # fmt: skip
    lines, hangs = [], threading.Timer(TIMEOUT, process.kill)
    hangs.start()
    try:
        for line in process.stdout:  # one JSON object over several lines
            lines.append(line)
            if line.rstrip() == "}":
                return Worker(process, json.loads("".join(lines)))
        raise AssertionError(process.communicate()[1])
    finally:
        hangs.cancel()


@dataclass
class Front:
    """What clients of a worker meet instead of it."""

    address: str
    clients: list[socket.socket]  # of llama.cpp's RPC

    def __str__(self) -> str:
        return self.address

    def cut(self) -> None:
        """End what goes on with RPC clients, and let the worker beat on."""
        for client in self.clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def in_front_of(worker: Worker, change: Callable[[dict], dict]) -> Iterator[Front]:
    """A server that says other things of a worker than it does itself."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            host, port = worker.address.split(":")
            front.clients.append(self.request)
            with socket.create_connection((host, int(port))) as behind:
                for end in (behind, self.request):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                first = self.request.recv(len(GREETING))
                behind.sendall(first)
                if first == GREETING:
                    front.clients.remove(self.request)
                    line = behind.makefile("rb").readline()
                    self.request.sendall(json.dumps(change(json.loads(line))).encode() + b"\n")
                back = threading.Thread(target=pass_on, args=(behind, self.request), daemon=True)
                back.start()
                pass_on(self.request, behind)
                back.join(TIMEOUT)

    with serving(Handler) as address:
        front = Front(address, [])
        yield front


@contextlib.contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[str]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "{}:{}".format(*server.server_address)
        server.shutdown()


def pass_on(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            to.sendall(data)
    for end in (source, to):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
