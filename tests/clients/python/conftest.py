"""A hosk of its own for each file of tests: the built binary (`HOSK_BIN`) on an empty data folder, with one operator."""

import os
import queue
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of files to deploy."""
    return Path(__file__).parents[3] / "engine" / "api" / "tests" / "api" / "files"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    hosk, data = os.environ["HOSK_BIN"], tmp_path_factory.mktemp("hosk")
    account = [hosk, "user", "set", USER, "--group", "operators", "--data", str(data)]
    subprocess.run(account, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
    command = [hosk, "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    # The log goes to a file: a pipe that nobody empties would stop the server.
    with (data / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield Server(_address(process), USER, PASSWORD, process.pid)
        assert process.poll() is None, f"hosk ended by itself: {(data / 'log').read_text()[-2000:]}"
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def _address(process: subprocess.Popen[str]) -> str:
    """What the server says when it is ready; its other lines are read and dropped."""
    ready: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            found = re.search(r"ready in \d+ ms: (http:\S+)", line)
            if found:
                ready.put(found.group(1))

    threading.Thread(target=read, daemon=True).start()
    return ready.get(timeout=READY_SECONDS)
