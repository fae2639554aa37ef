"""Documents with the official Python client, unchanged; and a large one, for which memory does not grow with its size."""

import base64
import hashlib
import os
import re
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from camunda_orchestration_sdk import CamundaClient, models
from camunda_orchestration_sdk.errors import ApiError
from camunda_orchestration_sdk.types import File

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def client(server: Any) -> Iterator[Any]:
    settings = {
        "CAMUNDA_REST_ADDRESS": f"{server.address}/v2",
        "CAMUNDA_AUTH_STRATEGY": "BASIC",
        "CAMUNDA_BASIC_AUTH_USERNAME": server.user,
        "CAMUNDA_BASIC_AUTH_PASSWORD": server.password,
    }
    with CamundaClient(configuration=settings) as client:
        yield client


def file(name: str, content: bytes) -> File:
    return File(payload=BytesIO(content), file_name=name, mime_type="text/plain")


def test_a_document_comes_and_goes(client: Any) -> None:
    metadata = models.DocumentMetadata.from_dict(
        {"fileName": "Հաշիվ.txt", "expiresAt": "2999-01-01T00:00:00Z", "customProperties": {"pages": 2}}
    )
    data = models.CreateDocumentData(file=file("a.txt", b"abc"), metadata=metadata)
    reference = client.create_document(data=data, document_id="invoice-1")
    assert (reference.document_id, reference.store_id) == ("invoice-1", "database")
    assert reference.content_hash == hashlib.sha256(b"abc").hexdigest()
    about = reference.metadata
    assert (about.file_name, about.content_type, about.size) == ("Հաշիվ.txt", "text/plain", 3)
    assert about.custom_properties.to_dict() == {"pages": 2}
    fetched = client.get_document(reference.document_id, content_hash=reference.content_hash)
    assert fetched.payload.read() == b"abc"
    minute = models.DocumentLinkRequest(time_to_live=60_000)
    link = client.create_document_link(reference.document_id, data=minute, content_hash=reference.content_hash)
    # A link needs nobody to sign in.
    with urllib.request.urlopen(link.url, timeout=20) as answer:
        assert answer.read() == b"abc"
    with pytest.raises(ApiError):
        client.get_document(reference.document_id, content_hash="00")
    client.delete_document(reference.document_id)
    with pytest.raises(ApiError):
        client.get_document(reference.document_id)


def test_several_come_at_once(client: Any) -> None:
    entries = [models.DocumentMetadata.from_dict({"size": size}) for size in (1, 2)]
    data = models.CreateDocumentsData(files=[file("a", b"a"), file("b", b"bb")], metadata_list=entries)
    answer = client.create_documents(data=data)
    assert [one.metadata.file_name for one in answer.created_documents] == ["a", "b"]
    assert answer.failed_documents == []


class Memory:
    """The highest that the memory of a process was seen at, without pages of files; nothing where that is not told."""

    def __init__(self, process: int) -> None:
        self.status = f"/proc/{process}/status"
        self.first = self.highest = self.now()

    def now(self) -> int:
        if not os.path.exists(self.status):
            return 0
        with open(self.status, encoding="utf-8") as status:
            found = re.search(r"RssAnon:\s+(\d+) kB", status.read())
        return int(found.group(1)) * 1024 if found else 0

    def look(self) -> None:
        self.highest = max(self.highest, self.now())


class Slow:
    """A form with so many bytes of a file, made while it is read."""

    def __init__(self, size: int, memory: Memory) -> None:
        self.memory = memory
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
        self.size, self.hash = size, hashlib.sha256()
        self.head, self.tail = head, b"\r\n--b--\r\n"
        self.length = len(head) + size + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        for number in range(self.size // MIB):
            piece = number.to_bytes(4, "big") * (MIB // 4)
            self.hash.update(piece)
            self.memory.look()
            yield piece
        yield self.tail


def round_trip(server: Any, name: str) -> int:
    """Takes a large document in and gives it out; by how many MiB memory grew meanwhile."""
    sign = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
    headers = {"Authorization": f"Basic {sign}"}
    memory = Memory(server.process)
    form = Slow(100 * MIB, memory)
    more = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(form.length)}
    address = f"{server.address}/v2/documents"
    request = urllib.request.Request(f"{address}?documentId={name}", data=form, headers={**headers, **more})
    with urllib.request.urlopen(request, timeout=300) as answer:
        assert answer.status == 201
    fetched, size = hashlib.sha256(), 0
    whole = urllib.request.Request(f"{address}/{name}?contentHash={form.hash.hexdigest()}", headers=headers)
    with urllib.request.urlopen(whole, timeout=300) as answer:
        while piece := answer.read(MIB):
            fetched.update(piece)
            size += len(piece)
            memory.look()
    assert (size, fetched.hexdigest()) == (form.size, form.hash.hexdigest())
    return (memory.highest - memory.first) // MIB


def test_large_documents_are_not_held_in_memory(server: Any) -> None:
    # The first one fills the caches of the database, which have bounds of their own.
    first, second = round_trip(server, "large"), round_trip(server, "another")
    print(f"memory grew by {first} MiB, then by {second} MiB")
    assert second < 50, f"memory grew by {second} MiB"
