"""A Hugging Face hub on loopback: describes repositories and hands out their files by the real protocol."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Repositories = Mapping[str, Mapping[str, bytes]]


@contextmanager
def serving_hub(repositories: Repositories) -> Iterator[str]:
    """Serves the repositories, by "owner/name" and file, and yields the hub's address."""

    class Handler(_Handler):
        kept = repositories

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    kept: ClassVar[Repositories] = {}
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, format: str, *args: object) -> None:
        return

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0].strip("/")
        if path.startswith("api/models/"):
            repository = "/".join(path.split("/")[2:4])
            if repository in self.kept:
                return self._send(200, json.dumps(self._described(repository)).encode(), {}, with_body)
        owner, name, *rest = path.split("/")
        if rest[:1] == ["resolve"] and (
            content := self.kept.get(f"{owner}/{name}", {}).get("/".join(rest[2:]))
        ):
            digest = hashlib.sha256(content).hexdigest()
            return self._send(200, content, {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}, with_body)
        error = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
        return self._send(404, b"{}", error, with_body)

    def _described(self, repository: str) -> dict[str, Any]:
        files = self.kept[repository]
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": "0" * 40, **_large(name, content)}
            for name, content in files.items()
        ]
        return {
            "id": repository, "modelId": repository, "sha": COMMIT, "private": False, "tags": [],
            "downloads": 0, "likes": 0, "cardData": {"license": "mit"}, "siblings": siblings,
        }  # fmt: skip

    def _send(self, status: int, body: bytes, headers: Mapping[str, str], with_body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _large(name: str, content: bytes) -> dict[str, Any]:
    """Returns what the hub says of large files alone."""
    if not name.endswith((".gguf", ".safetensors")):
        return {}
    digest = hashlib.sha256(content).hexdigest()
    return {"lfs": {"size": len(content), "sha256": digest, "pointerSize": 130}}
