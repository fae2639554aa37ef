"""Documents in a bucket: all that is done with them, and what goes wrong, against a real S3-compatible server."""

import base64
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import hosk
import pytest
from bucket import ALLOWED, BUCKET, PREFIX, Store
from hosk import Server
from test_files import MIB, round_trip

# A sweep comes a minute after the last one has ended, and one that began while the store stood still waits for it for as
# long as a request and its repetitions may take: 50 seconds.
PATIENCE_SECONDS = 150
# More than two parts of an upload.
LARGE = 11 * MIB + 5
# The end of a form.
END = b"\r\n--b--\r\n"
# What was uploaded last under a name, as its reference says.
HASHES: dict[str, str] = {}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    hosk.make(tmp_path)
    return tmp_path


@pytest.fixture
def server(store: Store, data: Path) -> Iterator[Server]:
    server = hosk.serve(data, store.settings())
    yield server
    server.stop()


def content(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(size % 251)


def head(server: Server, size: int) -> dict[str, str]:
    sign = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
    of_form = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(size)}
    return {"Authorization": f"Basic {sign}", **(of_form if size else {})}


def form(file: bytes, about: dict[str, object] | None = None) -> bytes:
    parts = b""
    if about:
        parts = b'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + json.dumps(about).encode() + b"\r\n"
    file_head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    return parts + file_head + file + END


def call(server: Server, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    address = path if path.startswith("http") else f"{server.address}{path}"
    request = urllib.request.Request(address, data=body, headers=head(server, len(body or b"")), method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            status, told = answer.status, answer.read()
            if method == "POST" and b'"contentHash"' in told:
                reference = json.loads(told)
                HASHES[reference["documentId"]] = reference["contentHash"]
            return status, told
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def upload(server: Server, name: str, file: bytes, about: dict[str, object] | None = None) -> tuple[int, bytes]:
    return call(server, "POST", f"/v2/documents?documentId={name}", form(file, about))


def fetch(server: Server, name: str) -> tuple[int, bytes]:
    return call(server, "GET", f"/v2/documents/{name}?contentHash={HASHES.get(name, '00')}")


def refused(answer: tuple[int, bytes], status: int, code: str) -> None:
    assert answer[0] == status, answer
    assert json.loads(answer[1])["type"].endswith(f"/{code}"), answer


def until(seen: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not seen():
        assert time.monotonic() - begun < PATIENCE_SECONDS, "it was not seen in time"
        time.sleep(0.1)


def half(server: Server, name: str, file: bytes) -> http.client.HTTPConnection:
    """Sends the beginning of an upload, and holds the line."""
    where = urlsplit(server.address)
    line = http.client.HTTPConnection(where.hostname or "", where.port)
    line.putrequest("POST", f"/v2/documents?documentId={name}")
    for key, value in head(server, len(form(file + file))).items():
        line.putheader(key, value)
    line.endheaders()
    line.send(form(file)[: -len(END)])
    return line


def test_documents_come_and_go(store: Store, server: Server) -> None:
    names = {}
    for name, size in (("empty", 0), ("small", 1000), ("parts", 10 * MIB), ("large", LARGE)):
        before = set(store.objects())
        status, answer = upload(server, name, content(size))
        reference = json.loads(answer)
        assert (status, reference["storeId"], reference["metadata"]["size"]) == (201, BUCKET, size)
        (names[name],) = set(store.objects()) - before
        assert names[name].startswith(f"{PREFIX}/") and store.objects()[names[name]] == size
        assert fetch(server, name) == (200, content(size))
        named = f"/v2/documents/{name}?storeId={BUCKET}&contentHash={HASHES[name]}"
        assert call(server, "GET", named)[0] == 200
    assert store.uploads() == []
    # The other store is still there.
    status, answer = call(server, "POST", "/v2/documents?storeId=database&documentId=inside", form(b"abc"))
    assert (status, json.loads(answer)["storeId"]) == (201, "database")
    assert fetch(server, "inside") == (200, b"abc")
    link = json.loads(call(server, "POST", f"/v2/documents/large/links?contentHash={HASHES['large']}")[1])["url"]
    with urllib.request.urlopen(link, timeout=20) as linked:
        assert linked.read() == content(LARGE)
    refused(upload(server, "small", b"other"), 409, "document-exists")
    # What is removed, what is over and what was refused goes, and nothing else.
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    assert upload(server, "brief", content(LARGE), {"expiresAt": soon})[0] == 201
    refused(upload(server, "wrong", b"abc", {"size": 4}), 400, "invalid-argument")
    assert call(server, "DELETE", "/v2/documents/large")[0] == 204
    refused(fetch(server, "large"), 404, "document-not-found")
    kept = {names[name] for name in ("empty", "small", "parts")}
    until(lambda: set(store.objects()) == kept)
    refused(fetch(server, "brief"), 404, "document-not-found")
    for name, size in (("small", 1000), ("parts", 10 * MIB)):
        assert fetch(server, name) == (200, content(size))


def test_large_documents_are_not_held_in_memory(server: Server) -> None:
    first, second = round_trip(server, "first"), round_trip(server, "second")
    print(f"memory grew by {first} MiB, then by {second} MiB")
    assert max(first, second) < 50, f"memory grew by {first} MiB, then by {second} MiB"


def test_damage_is_told(store: Store, server: Server) -> None:
    def stored(name: str, size: int) -> str:
        before = set(store.objects())
        assert upload(server, name, content(size))[0] == 201
        (key,) = set(store.objects()) - before
        return key

    changed = b"\xff" + content(1000)[1:]
    store.s3.put_object(Bucket=BUCKET, Key=stored("changed", 1000), Body=changed)
    store.s3.put_object(Bucket=BUCKET, Key=stored("shorter", 1000), Body=content(999))
    store.s3.delete_object(Bucket=BUCKET, Key=stored("lost", 1000))
    for name in ("changed", "shorter", "lost"):
        refused(fetch(server, name), 500, "document-damaged")
    # What is known only at the end: less comes than was said.
    store.s3.put_object(Bucket=BUCKET, Key=stored("end", 3 * MIB), Body=content(3 * MIB)[:-1] + b"\xff")
    store.s3.put_object(Bucket=BUCKET, Key=stored("torn", 3 * MIB), Body=content(2 * MIB))
    for name in ("end", "torn"):
        with pytest.raises(http.client.IncompleteRead):
            fetch(server, name)


def test_what_a_kill_leaves_is_removed(store: Store, data: Path) -> None:
    for key in store.objects():
        store.s3.delete_object(Bucket=BUCKET, Key=key)
    server = hosk.serve(data, store.settings())
    line = half(server, "half", content(LARGE))
    until(lambda: len(store.uploads()) == 1)
    # The beginning of somebody else's upload, which is none of ours.
    other = store.s3.create_multipart_upload(Bucket=BUCKET, Key=store.uploads()[0] + "0")
    server.kill()
    line.close()
    assert store.objects() == {}
    server = hosk.serve(data, store.settings())
    refused(fetch(server, "half"), 404, "document-not-found")
    assert len(store.uploads()) == 2, "an upload may take an hour, elsewhere it may go on"
    server.kill()
    with sqlite3.connect(data / "hosk.db") as database:
        assert database.execute("UPDATE document_loose SET since = since - 10800000").rowcount == 1
    database.close()
    server = hosk.serve(data, store.settings())
    until(lambda: store.uploads() == [other["Key"]])
    assert store.objects() == {}
    with sqlite3.connect(data / "hosk.db") as database:
        until(lambda: database.execute("SELECT count(*) FROM document_loose").fetchone() == (0,))
    database.close()
    store.s3.abort_multipart_upload(Bucket=BUCKET, Key=other["Key"], UploadId=other["UploadId"])
    assert upload(server, "half", content(LARGE))[0] == 201
    assert fetch(server, "half") == (200, content(LARGE))
    assert call(server, "DELETE", "/v2/documents/half")[0] == 204
    server.stop()


def serve_in_vain(data: Path, settings: dict[str, str]) -> str:
    """What a server says that does not start."""
    command = [os.environ["HOSK_BIN"], "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    ended = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1, ended
    return ended.stderr


def test_what_is_wrong_is_said_at_the_start(store: Store, data: Path) -> None:
    for settings, words in [
        ({"secret_key": "open-sesame"}, ("document-store-denied", "SignatureDoesNotMatch")),
        ({"access_key": "nobody"}, ("document-store-denied", "InvalidAccessKeyId")),
        ({"bucket": "nowhere"}, ("document-bucket-missing", "no bucket `nowhere`")),
        ({"allow_http": "false"}, ("document_allow_http",)),
        ({"secret_key": ""}, ("give the secret key",)),
    ]:
        told = serve_in_vain(data, store.settings(**settings))
        assert all(word in told for word in words), told
        assert "sesame" not in told
    shown = [os.environ["HOSK_BIN"], "config", "--data", str(data)]
    shown = subprocess.run(shown, env={**os.environ, **store.settings()}, capture_output=True, text=True, check=True)
    assert store.address in shown.stdout and store.key[1] not in shown.stdout


def test_a_store_that_refuses_is_told_apart(store: Store, server: Server) -> None:
    assert upload(server, "kept", b"abc")[0] == 201
    store.allow("hosk", ["s3:ListBucketMultipartUploads"])
    try:
        refused(upload(server, "refused", b"abc"), 500, "document-store-denied")
        refused(upload(server, "refused", content(LARGE)), 500, "document-store-denied")
        refused(fetch(server, "kept"), 500, "document-store-denied")
    finally:
        store.allow("hosk", ALLOWED)
    refused(fetch(server, "refused"), 404, "document-not-found")
    assert fetch(server, "kept") == (200, b"abc")


def test_a_store_that_stops_leaves_nothing_half_done(data: Path) -> None:
    store = Store()
    try:
        server = hosk.serve(data, store.settings())
        assert upload(server, "kept", b"abc")[0] == 201
        kept = store.objects()
        os.kill(store.running.pid, signal.SIGSTOP)
        refused(upload(server, "halt", content(LARGE)), 503, "document-store-unavailable")
        refused(fetch(server, "halt"), 404, "document-not-found")
        refused(fetch(server, "kept"), 503, "document-store-unavailable")
        # A removal needs only the database; the object goes later.
        assert call(server, "DELETE", "/v2/documents/kept")[0] == 204
        os.kill(store.running.pid, signal.SIGCONT)
        assert store.objects().keys() >= kept.keys()
        until(store.is_empty)
        assert upload(server, "halt", content(LARGE))[0] == 201
        server.stop()
        # In the middle of an upload it is gone for good.
        server = hosk.serve(data, store.settings())
        line = half(server, "gone", content(LARGE))
        until(lambda: len(store.uploads()) == 1)
        store.close()
        line.send(content(LARGE) + END)
        answer = line.getresponse()
        refused((answer.status, answer.read()), 503, "document-store-unavailable")
        line.close()
        refused(fetch(server, "gone"), 404, "document-not-found")
        server.stop()
        # It starts without it, says so, and still has what is in the database.
        server = hosk.serve(data, store.settings())
        assert "document-store-unavailable" in server.told()
        refused(fetch(server, "halt"), 503, "document-store-unavailable")
        assert call(server, "POST", "/v2/documents?storeId=database&documentId=inside", form(b"abc"))[0] == 201
        assert fetch(server, "inside") == (200, b"abc")
        server.stop()
        # Without its bucket the documents in it are in no store.
        server = hosk.serve(data)
        refused(fetch(server, "halt"), 400, "document-store-not-found")
        server.stop()
    finally:
        store.close()
