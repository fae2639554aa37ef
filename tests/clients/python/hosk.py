"""The built binary (`HOSK_BIN`) on a folder of its own, with one operator."""

import os
import queue
import re
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 60
END_SECONDS = 30
USER, PASSWORD = "ada", "correct horse battery"


@dataclass
class Server:
    """Where hosk listens, and who may call."""

    address: str
    user: str
    password: str
    process: int
    running: subprocess.Popen[str]
    log: Path

    def told(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-2000:]

    def stop(self) -> None:
        self.running.terminate()
        self.running.wait(END_SECONDS)

    def kill(self) -> None:
        self.running.kill()
        self.running.wait(END_SECONDS)


def make(data: Path) -> None:
    """Makes the folder an installation with a user."""
    account = [os.environ["HOSK_BIN"], "user", "set", USER, "--group", "operators", "--data", str(data)]
    subprocess.run(account, input=PASSWORD + "\n", text=True, check=True, capture_output=True)


def serve(data: Path, settings: dict[str, str] | None = None) -> Server:
    """Starts a server; returns when it is ready."""
    command = [os.environ["HOSK_BIN"], "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    log = data / "log"
    # The log goes to a file: a pipe that nobody empties would stop the server.
    with log.open("a") as file:
        environment = {**os.environ, **(settings or {})}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True, env=environment)
    address = said(process.stdout or (), r"ready in \d+ ms: (http:\S+)")
    return Server(address, USER, PASSWORD, process.pid, process, log)


def said(lines: Iterable[str], pattern: str) -> str:
    """What a process says in a line like this; its other lines are read and dropped."""
    ready: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in lines:
            found = re.search(pattern, line)
            if found:
                ready.put(found.group(1))

    threading.Thread(target=read, daemon=True).start()
    return ready.get(timeout=READY_SECONDS)
