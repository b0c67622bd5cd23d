"""Gives the tests the built site: the one ``make html`` left, or one built here without a warning."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("docs", "notebooks", "albert_docs_pkg", "conf.py", "index.rst", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built pages."""
    stamp = ROOT / "_build" / "stamps" / "html"
    if stamp.exists() and stamp.stat().st_mtime >= _newest_source():
        return ROOT / "_build" / "html"
    # The workers of one run share one build.
    shared = tmp_path_factory.getbasetemp().parent / f"site-{_newest_source():.6f}"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "html" / "index.html").exists():
            command = [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q"]
            command += ["-d", str(shared / "doctrees"), str(ROOT), str(shared / "html")]
            built = subprocess.run(command, capture_output=True, text=True)
            if built.returncode != 0:
                shutil.rmtree(shared / "html", ignore_errors=True)
            assert built.returncode == 0, built.stderr
    return shared / "html"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _newest_source() -> float:
    paths = [ROOT / name for name in SOURCES]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return max(file.stat().st_mtime for file in files if "__pycache__" not in file.parts)
