"""A hosk of its own for each file of tests: an empty data folder, with one operator."""

from collections.abc import Iterator
from pathlib import Path

import hosk
import pytest


@pytest.fixture(scope="session")
def files() -> Path:
    """The folder of files to deploy."""
    return Path(__file__).parents[3] / "engine" / "api" / "tests" / "api" / "files"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[hosk.Server]:
    """A running server."""
    data = tmp_path_factory.mktemp("hosk")
    hosk.make(data)
    server = hosk.serve(data)
    try:
        yield server
        assert server.running.poll() is None, f"hosk ended by itself: {server.told()}"
    finally:
        server.stop()
