"""A small server that speaks the JSON interface of Google Cloud Storage, for one machine's tests.

What tensorstore and gcsfs ask for: objects, listings, uploads in one request or in parts, deletion,
preconditions on generations. ``faults`` makes requests fail. As a program it prints its address.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import json
import re
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c

BUCKET = "bucket"
VARIABLES = ("STORAGE_EMULATOR_HOST", "TENSORSTORE_GCS_HTTP_URL")
"""Where gcsfs and tensorstore look for the server."""


class Server(ThreadingHTTPServer):
    """Objects of any bucket in memory.

    Attributes:
      objects: (bucket, name) -> (generation, bytes).
      faults: (method, name, data) -> a status to answer instead of doing it, or None; a negative
        one is answered after it has been done.
      log: (method, name) of everything that was asked.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.faults: Callable[[str, str, bytes], int | None] = lambda *_: None
        self.log: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.generations = itertools.count(1_700_000_000_000_000)
        self.parts: dict[str, tuple[str, str, bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def names(self, prefix: str = "") -> list[str]:
        """Of all objects, in order."""
        with self.lock:
            return sorted(name for _, name in self.objects if name.startswith(prefix))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer takes 40 ms
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _do(self) -> None:
        parts = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = re.fullmatch(r"(/upload|/download)?/storage/v1/b/([^/]+)/o(?:/(.*))?", parts.path)
        if found is None:
            self._say(404, {"error": {"message": f"no such address: {self.path}"}})
            return
        name = unquote(found[3] or self.query.get("name", ""))
        self.server.log.append((self.command, name))
        fault = self.server.faults(self.command, name, data)
        if fault is not None and fault > 0:
            self._say(fault, {"error": {"message": "fault", "code": fault}})
            return
        status, said, headers = self._answer(found[1] or "", found[2], name, data)
        if fault is not None:
            status, said = -fault, {"error": {"message": "fault", "code": -fault}}
        self._say(status, said, headers)

    do_GET = do_POST = do_PUT = do_DELETE = _do

    def _answer(self, kind: str, bucket: str, name: str, data: bytes) -> tuple[int, Any, dict]:
        if kind == "/upload":
            return self._upload(bucket, name, data)
        with self.server.lock:
            if self.command == "GET" and not name:
                return 200, self._listing(bucket), {}
            generation, content = self.server.objects.get((bucket, name), (0, b""))
            if (refused := self._refused(generation)) is not None:
                return refused
            if not generation:
                return 404, {"error": {"message": "Not Found", "code": 404}}, {}
            if self.command == "DELETE":
                del self.server.objects[bucket, name]
                return 204, b"", {}
            if self.query.get("alt") == "media" or kind == "/download":
                return self._media(generation, content)
            return 200, _described(bucket, name, generation, content), {}

    def _media(self, generation: int, content: bytes) -> tuple[int, bytes, dict]:
        status, headers = 200, {"x-goog-generation": str(generation)}
        if found := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(found[1]), int(found[2] or len(content) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            status, content = 206, content[first : last + 1]
        return status, content, headers

    def _listing(self, bucket: str) -> dict[str, Any]:
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter", "")
        items, folders = [], {}
        for (where, name), (generation, content) in sorted(self.server.objects.items()):
            if where != bucket or not name.startswith(prefix):
                continue
            if not self.query.get("startOffset", "") <= name < self.query.get("endOffset", "~"):
                continue
            if delimiter and delimiter in (rest := name[len(prefix) :]):
                folders[prefix + rest.split(delimiter)[0] + delimiter] = None
            else:
                items.append(_described(bucket, name, generation, content))
        return {"kind": "storage#objects", "items": items, "prefixes": list(folders)}

    def _refused(self, generation: int) -> tuple[int, Any, dict] | None:
        """What preconditions say to an object of this generation; 0: there is none."""
        if self.query.get("ifGenerationMatch") not in (None, str(generation)):
            return 412, {"error": {"message": "conditionNotMet", "code": 412}}, {}
        if self.query.get("ifGenerationNotMatch") == str(generation) and generation:
            return 304, b"", {}
        return None

    def _upload(self, bucket: str, name: str, data: bytes) -> tuple[int, Any, dict]:
        how, meta = self.query.get("uploadType"), {}
        if how == "multipart":
            boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()
            _, first, second = data.split(b"--" + boundary, 2)
            meta = json.loads(first.split(b"\n\n", 1)[1])
            data = second.split(b"\n\n", 1)[1].removesuffix(b"\n--" + boundary + b"--")
        elif how == "resumable" and "upload_id" not in self.query:
            number = str(next(self.server.generations))
            name = name or json.loads(data or b"{}")["name"]
            self.server.parts[number] = bucket, name, b""
            where = f"{self.server.url}/upload/storage/v1/b/{bucket}/o?uploadType=resumable"
            return 200, b"", {"Location": f"{where}&name={name}&upload_id={number}"}
        elif how == "resumable":
            number = self.query["upload_id"]
            bucket, name, before = self.server.parts[number]
            data = before + data
            self.server.parts[number] = bucket, name, data
            if self.headers.get("Content-Range", "").endswith("/*"):
                return 308, b"", {"Range": f"bytes=0-{len(data) - 1}"}
        name = name or meta["name"]
        with self.server.lock:
            generation, _ = self.server.objects.get((bucket, name), (0, b""))
            if (refused := self._refused(generation)) is not None:
                return refused
            self.server.objects[bucket, name] = next(self.server.generations), data
            return 200, _described(bucket, name, *self.server.objects[bucket, name]), {}

    def _say(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _described(bucket: str, name: str, generation: int, content: bytes) -> dict[str, Any]:
    digest = google_crc32c.value(content).to_bytes(4, "big")
    return {
        "kind": "storage#object", "bucket": bucket, "name": name, "size": str(len(content)),
        "generation": str(generation), "metageneration": "1", "contentType": "application/octet",
        "crc32c": base64.b64encode(digest).decode(), "timeCreated": "2026-11-30T00:00:00.000Z",
        "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
        "updated": "2026-11-30T00:00:00.000Z",
    }  # fmt: skip


def start() -> Server:
    """A server with a thread of its own."""
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@functools.cache
def shared() -> Server:
    """The one server of this process: its clients keep what they were told first."""
    return start()


def environment(url: str) -> dict[str, str]:
    """Variables with which a process talks to the server at ``url`` and nobody else."""
    return {**dict.fromkeys(VARIABLES, url), "GOOGLE_AUTH_TOKEN_FOR_TESTING": "none"}


if __name__ == "__main__":
    server = start()
    print(server.url, flush=True)
    sys.stdin.read()
