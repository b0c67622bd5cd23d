"""A server on loopback that answers like the Hugging Face hub, with the faults a test asks for.

It keeps repositories as commits of files, hands large files out from a second address, and takes uploads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

Files = dict[str, bytes]


def files_of(folder: Path) -> Files:
    """Return the content of a folder by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Repository:
    """Commits by their number, and what each branch points to."""

    commits: dict[str, Files] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    private: bool = False
    summaries: list[str] = field(default_factory=list)

    def commit(self, files: Files, branch: str = "main") -> str:
        """Put ``files`` on a branch and return the number of the commit."""
        number = hashlib.sha1(f"{len(self.commits)}".encode()).hexdigest()
        self.commits[number] = dict(files)
        self.branches[branch] = number
        return number

    def head(self, branch: str = "main") -> Files:
        """Return the files that a branch has."""
        return self.commits[self.branches[branch]]


class HubServer(ThreadingHTTPServer):
    """The hub; ``repositories`` and ``fault`` may be changed at any time.

    ``fault`` is ``"unauthorized"`` (401), ``"gated"`` (403), ``"forbidden"`` (403), ``"broken"`` (500), ``"busy"``
    (503), ``"truncated"`` (half of each body), ``"interrupted"`` (half of the first body), ``"stalled"`` (half of each
    body, then silence) or ``"trickling"`` (a body that comes slowly); none when empty. It strikes requests whose line
    contains ``fault_at``.
    """

    daemon_threads = True
    token = "hf_right"

    def __init__(self, files: Files) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories = {"team/albert": Repository()}
        self.repositories["team/albert"].commit(files)
        self.large: Files = {}
        self.fault = ""
        self.fault_at = ""
        self.requests: list[str] = []
        self.authorised: list[str] = []
        self.store = _Store(self)

    @property
    def address(self) -> str:
        """The endpoint to give to the hub's client."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def repository(self) -> Repository:
        """The repository that there is from the start."""
        return self.repositories["team/albert"]


class _Store(ThreadingHTTPServer):
    """The other host, which holds large files."""

    daemon_threads = True

    def __init__(self, hub: HubServer) -> None:
        super().__init__(("127.0.0.2", 0), _StoreHandler)
        self.hub = hub

    @property
    def address(self) -> str:
        return f"http://127.0.0.2:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def json(self, content: object, status: int = 200) -> None:
        self.send(json.dumps(content).encode(), status, {"Content-Type": "application/json"})

    def send(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None, hub: HubServer | None = None):
        start = 0
        asked = self.headers.get("Range")
        if asked and status == 200:
            start = int(asked.removeprefix("bytes=").split("-")[0])
            status = 206
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        body = body[start:]
        self.send_header("Content-Length", str(len(body)))
        fault = hub.fault if hub is not None and self.command == "GET" and hub.fault_at in self.path else ""
        cut = fault in ("truncated", "interrupted", "stalled")
        if cut:
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault == "trickling":
            for position in range(0, len(body), max(1, len(body) // 8)):
                self.wfile.write(body[position : position + max(1, len(body) // 8)])
                time.sleep(0.1)
            return
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if fault == "interrupted":
            hub.fault = ""  # type: ignore[union-attr]
        if fault == "stalled":
            self.wfile.flush()
            time.sleep(3)


class _StoreHandler(_Answers):
    server: _Store

    def do_GET(self) -> None:
        hub = self.server.hub
        hub.requests.append(f"store {self.command} {self.path}")
        if self.headers.get("Authorization"):
            hub.authorised.append(f"store {self.command}")
        self.send(hub.large[self.path.strip("/")], hub=hub)

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        hub, content = self.server.hub, self.body()
        hub.requests.append(f"store {self.command} {self.path}")
        if hub.fault == "no upload":
            return self.send(b"", 500)
        hub.large[hashlib.sha256(content).hexdigest()] = content
        return self.send(b"")


class _Handler(_Answers):
    server: HubServer

    def do_GET(self) -> None:
        self.route()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self.route()

    def route(self) -> None:
        hub, url = self.server, urlsplit(self.path)
        hub.requests.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization"):
            hub.authorised.append(self.headers["Authorization"])
        content = self.body()
        if hub.fault_at in self.requestline:
            faults = {"unauthorized": (401, "RepoNotFound"), "gated": (403, "GatedRepo"), "forbidden": (403, "")}
            faults |= {"broken": (500, ""), "busy": (503, "")}
            if hub.fault in faults:
                return self.refuse(*faults[hub.fault])
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            return self.model(parts[2:], content, parse_qs(url.query))
        if parts[:3] == ["api", "repos", "create"]:
            return self.create(json.loads(content))
        if parts[-1] == "batch":
            return self.batch(json.loads(content))
        return self.file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))

    def refuse(self, status: int, code: str) -> None:
        self.send(b"", status, {"X-Error-Code": code} if code else {})

    def files(self, name: str, revision: str) -> tuple[str, Files] | None:
        """Return commit and files of a revision; when there is none, say so."""
        repository = self.server.repositories.get(name)
        allowed = self.headers.get("Authorization") == f"Bearer {self.server.token}"
        if repository is None or (repository.private and not allowed):
            self.refuse(401 if repository else 404, "RepoNotFound")
            return None
        commit = repository.branches.get(revision, revision)
        if commit not in repository.commits:
            self.refuse(404, "RevisionNotFound")
            return None
        return commit, repository.commits[commit]

    def file(self, name: str, revision: str, path: str) -> None:
        found = self.files(name, revision)
        if found is None:
            return None
        commit, files = found
        headers = {"X-Repo-Commit": commit}
        if path not in files:
            return self.send(b"", 404, headers | {"X-Error-Code": "EntryNotFound"})
        body = files[path]
        digest = hashlib.sha256(body).hexdigest()
        if path.endswith(".safetensors"):
            self.server.large[digest] = body
            headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(body))}
            headers["Location"] = f"{self.server.store.address}/{digest}"
            return self.send(b"", 302, headers)
        return self.send(body, 200, headers | {"ETag": f'"{digest}"'}, hub=self.server)

    def create(self, wanted: dict) -> None:
        name = f"{wanted.get('organization') or 'somebody'}/{wanted['name']}"
        url = f"{self.server.address}/{name}"
        if name in self.server.repositories:
            return self.json({"error": "exists", "url": url}, 409)
        private = wanted.get("private", wanted.get("visibility") == "private")
        self.server.repositories[name] = Repository(private=bool(private))
        self.server.repositories[name].commit({".gitattributes": b""})
        return self.json({"url": url, "name": name})

    def batch(self, wanted: dict) -> None:
        def answer(entry: dict) -> dict:
            upload = {"href": f"{self.server.store.address}/{entry['oid']}"}
            return {**entry, "actions": {"upload": upload}} if entry["oid"] not in self.server.large else entry

        self.json({"transfer": "basic", "objects": [answer(entry) for entry in wanted["objects"]]})

    def model(self, parts: list[str], content: bytes, query: dict[str, list[str]]) -> None:
        name, action, revision = "/".join(parts[:2]), *(parts[2:4] or ("revision", "main"))
        found = self.files(name, "main" if action == "branch" else revision)
        if found is None:
            return None
        commit, files = found
        repository = self.server.repositories[name]
        if action == "revision":
            siblings = [{"rfilename": path} for path in files]
            return self.json({"id": name, "modelId": name, "sha": commit, "siblings": siblings, "tags": []})
        if action == "tree":
            return self.json([{"type": "file", "path": path, "size": len(files[path]), "oid": "0"} for path in files])
        if action == "branch":
            if revision in repository.branches:
                return self.json({"error": "exists"}, 409)
            repository.branches[revision] = repository.branches["main"]
            return self.json({})
        if action == "preupload":
            asked = [entry["path"] for entry in json.loads(content)["files"]]
            kinds = {path: "lfs" if path.endswith((".safetensors", ".model")) else "regular" for path in asked}
            return self.json(
                {"files": [{"path": path, "uploadMode": kinds[path], "shouldIgnore": False} for path in asked]}
            )
        return self.committed(name, revision, dict(files), content, "create_pr" in query)

    def committed(self, name: str, revision: str, files: Files, content: bytes, request: bool) -> None:
        repository = self.server.repositories[name]
        for line in content.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "header":
                repository.summaries.append(value["summary"])
            elif entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        commit = repository.commit(files, "refs/pr/1" if request else revision)
        url = f"{self.server.address}/{name}"
        found = {"commitUrl": f"{url}/commit/{commit}", "commitOid": commit}
        self.json(found | ({"pullRequestUrl": f"{url}/discussions/1"} if request else {}))


@contextmanager
def hub_server(folder: Path) -> Iterator[HubServer]:
    """Run a hub that has the files of a folder as ``team/albert``, for the time of the block."""
    hub = HubServer(files_of(folder))
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in (hub, hub.store)]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server in (hub, hub.store):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()
