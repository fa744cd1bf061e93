"""A hub of our own on loopback: the endpoints that huggingface_hub uses to download a model.

The real client speaks to it over real sockets; what it does wrong (cut connections, refuse) is what
the real hub has been seen to do.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_BLOCK = 64 * 1024


@dataclass
class Repo:
    """A repository and how it behaves."""

    files: dict[str, bytes]
    commit: str = COMMIT
    gated: bool = False
    allowed_tokens: set[str] = field(default_factory=set)
    cut_after: dict[str, int] = field(default_factory=dict)  # bytes; each cut happens once
    block_delay: float = 0.0  # seconds before each block but a file's first


@dataclass
class Hub:
    """The running hub, what it holds, and what it was asked."""

    url: str
    repos: dict[str, Repo] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def downloads(self, name: str) -> list[dict[str, str]]:
        """Return the headers (lower case) of every GET of a file's content."""
        return [h for verb, path, h in self.requests if verb == "GET" and path.endswith(f"/{name}")]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Serve until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hub = Hub(f"http://127.0.0.1:{server.server_address[1]}")
    server.hub = hub  # type: ignore[attr-defined]  # how a handler finds its state
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined,no-any-return]

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.split("?")[0].strip("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.requests.append((self.command, path, headers))
        parts = path.split("/")
        if parts[:2] == ["api", "models"]:
            self._api("/".join(parts[2:4]), parts[4:])
        elif len(parts) > 4 and parts[2] == "resolve":
            self._file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self._refuse(404, "EntryNotFound")

    def _api(self, name: str, rest: list[str]) -> None:
        repo = self.hub.repos.get(name)
        if repo is None:
            return self._refuse(401, "RepoNotFound")
        if len(rest) > 1 and rest[1] not in ("main", repo.commit):
            return self._refuse(404, "RevisionNotFound")
        if rest[:1] == ["tree"]:
            return self._json(
                [
                    {"type": "file", "path": path, "size": len(data), "oid": _etag(data)[:40]}
                    for path, data in repo.files.items()
                ]
            )
        return self._json(
            {
                "id": name,
                "modelId": name,
                "sha": repo.commit,
                "gated": "manual" if repo.gated else False,
                "siblings": [
                    {"rfilename": path, "size": len(data), "blobId": _etag(data)[:40]}
                    for path, data in repo.files.items()
                ],
            }
        )

    def _file(self, name: str, revision: str, path: str) -> None:
        repo = self.hub.repos.get(name)
        if repo is None:
            return self._refuse(401, "RepoNotFound")
        if repo.gated:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in repo.allowed_tokens:
                return self._refuse(403 if token else 401, "GatedRepo")
        data = repo.files.get(path)
        if data is None or revision not in ("main", repo.commit):
            return self._refuse(404, "EntryNotFound")
        wanted = self.headers.get("Range")
        first, _, last = (wanted or "bytes=0-").partition("=")[2].partition("-")
        start, end = int(first), min(int(last) + 1, len(data)) if last else len(data)
        self.send_response(206 if wanted else 200)
        self.send_header("ETag", f'"{_etag(data)}"')
        self.send_header("X-Repo-Commit", repo.commit)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self._send(repo, path, data[:end], start)
        return None

    def _send(self, repo: Repo, path: str, data: bytes, start: int) -> None:
        end = repo.cut_after.pop(path, len(data)) if not start else len(data)
        try:
            for at in range(start, end, _BLOCK):
                if at > start and repo.block_delay and self.hub.stop.wait(repo.block_delay):
                    break
                self.wfile.write(data[at : min(end, at + _BLOCK)])
        except (BrokenPipeError, ConnectionResetError):
            end = 0  # the client went away
        if end < len(data):
            self.close_connection = True

    def _json(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
