"""Saves that are killed, read while they happen, or cannot be done: the folder holds all old or all new files."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from albert_docs_pkg.checkpoints import exchange as exchange_module
from albert_docs_pkg.checkpoints import find_files, staged_folder, staging
from albert_docs_pkg.checkpoints.exchange import exchange, is_in_use, marked_in_use
from albert_docs_pkg.checkpoints.pending import PENDING, current_file, finish, read_unchanged, write_manifest

ROOT = Path(__file__).parents[2]


def run(what: str, reader: str, folder: Path) -> str:
    """Run a scenario of ``killed_saves`` in a process without frameworks, which can be forked."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.checkpoints.killed_saves", what, reader, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout + done.stderr


# "plain" readers know nothing of this package; "package" ones read a folder that has to be saved to file by file.
@pytest.mark.parametrize("reader", ["plain", "package"])
def test_a_save_killed_at_random_fifty_times_leaves_a_whole_checkpoint(reader: str, tmp_path: Path) -> None:
    assert run("random", reader, tmp_path / "model") == "whole each time\n"


def test_a_save_of_a_model_killed_at_random_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    assert run("model", "plain", tmp_path / "model") == "whole each time\n"


@pytest.mark.parametrize("reader", ["plain", "package"])
def test_a_save_killed_before_any_of_its_steps_leaves_a_whole_checkpoint(reader: str, tmp_path: Path) -> None:
    assert run("everywhere", reader, tmp_path / "model") == "whole each time\n"


@pytest.mark.parametrize("kind", ["exchanged", "package"])
def test_who_loads_during_a_save_gets_one_checkpoint(kind: str, tmp_path: Path) -> None:
    assert run("reading", kind, tmp_path / "model") == "whole each time\n"


def filled(folder: Path, **files: str) -> Path:
    """Return ``folder``, made with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Return the files of a folder."""
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


def save(folder: Path, **files: str) -> None:
    """Save files whose names begin with ``a``, and whose older ones are replaced."""
    with staged_folder(folder, replaces=("a*",)) as place:
        filled(place, **files)


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    target = filled(tmp_path / "real" / "model", a1="old", b="mine")
    (tmp_path / "link").symlink_to(target)
    save(tmp_path / "link", a2="new")
    assert (tmp_path / "link").is_symlink()
    assert contents(target) == {"a2": "new", "b": "mine"}
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_a_dangling_link_gets_its_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "later")
    save(tmp_path / "link", a="new")
    assert contents(tmp_path / "later") == {"a": "new"}


def test_the_working_directory_stays_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "model", a="old", b="mine")
    monkeypatch.chdir(folder)
    inode = folder.stat().st_ino
    save(Path(), a="new")
    assert folder.stat().st_ino == inode
    assert contents(folder) == {"a": "new", "b": "mine"}
    assert not (folder / PENDING).exists()


def test_subfolders_stay_the_same_folders(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a="old")
    inode = filled(folder / "runs", log="1").stat().st_ino
    save(folder, a="new")
    assert (folder / "runs").stat().st_ino == inode
    assert contents(folder) == {"a": "new"}


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_permissions_of_the_folder_stay_and_files_get_the_usual_ones(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a="old", b="mine")
    folder.chmod(0o750)
    (folder / "b").chmod(0o600)
    save(folder, a="new")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / "b").stat().st_mode) == 0o600
    (tmp_path / "probe").touch()
    assert (folder / "a").stat().st_mode == (tmp_path / "probe").stat().st_mode


def test_a_link_among_the_files_that_stay_is_kept(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a="old")
    (folder / "b").symlink_to("../elsewhere")
    save(folder, a="new")
    assert (folder / "b").readlink() == Path("../elsewhere")


@pytest.mark.parametrize("obstacle", ["no exchange", "no links"])
def test_without_exchange_or_links_the_files_are_moved_one_by_one(
    obstacle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> bool:
        if obstacle == "no links":
            raise OSError
        return False

    if obstacle == "no links":
        monkeypatch.setattr(staging.os, "link", refuse)
    else:
        monkeypatch.setattr(staging, "exchange", refuse)
    folder = filled(tmp_path / "model", a1="old", b="mine")
    inode = folder.stat().st_ino
    save(folder, a2="new")
    assert folder.stat().st_ino == inode
    assert contents(folder) == {"a2": "new", "b": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_can_be_staged_inside_another(tmp_path: Path) -> None:
    with staged_folder(tmp_path / "run") as outer:
        save(outer / "model", a="first")
        save(outer / "model", a="second")
        save(outer, a="beside")
    assert contents(tmp_path / "run") == {"a": "beside"}
    assert contents(tmp_path / "run" / "model") == {"a": "second"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("seen", [True, False])
def test_a_mount_point_is_saved_to_file_by_file(seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "model", a1="old", b="mine")
    rename = Path.rename

    def not_over_mounts(path: Path, target: Path) -> Path:
        if path.parent == tmp_path and target.parent == folder:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(staging, "exchange", lambda _first, _second: False)
    monkeypatch.setattr(Path, "rename", not_over_mounts)
    monkeypatch.setattr(Path, "is_mount", lambda path: seen and path == folder)
    save(folder, a2="new")
    assert contents(folder) == {"a2": "new", "b": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_files_that_are_decided_on_count_before_they_are_in_place(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a1="old", b="mine")
    filled(folder / PENDING, a2="new")
    write_manifest(folder / PENDING, ["a1", "../../secret"])
    found = find_files(folder, ["a1", "a2", "b"])
    assert {name: path.read_text() for name, path in found.items()} == {"a2": "new", "b": "mine"}
    filled(tmp_path / ".." / tmp_path.name, secret="stays")
    finish(folder)
    assert contents(folder) == {"a2": "new", "b": "mine"}
    assert contents(tmp_path) == {"secret": "stays"}
    assert current_file(folder, "a1") is None


def test_a_save_completes_what_a_crash_left_pending(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a1="old", c="old")
    filled(folder / PENDING, c="decided")
    write_manifest(folder / PENDING, [])
    save(folder, a2="new")
    assert contents(folder) == {"a2": "new", "c": "decided"}


def test_what_killed_saves_left_is_removed_and_what_running_ones_need_is_not(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model[1]", a="old")
    dead, living = filled(tmp_path / ".model[1].saving-0", a="x"), filled(tmp_path / ".model[1].saving-1", a="x")
    other = filled(tmp_path / ".model1.saving-0", a="x")
    with marked_in_use(living):
        assert is_in_use(living)
        save(folder, a="new")
    assert (dead.exists(), living.exists(), other.exists()) == (False, True, True)


def test_what_others_write_during_the_exchange_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "model", a="old", b="mine", c="theirs")

    def exchange_late(first: Path, second: Path) -> bool:
        filled(folder, d="just made")
        filled(tmp_path, c="rewritten")
        (tmp_path / "c").replace(folder / "c")
        return exchange(first, second)

    monkeypatch.setattr(staging, "exchange", exchange_late)
    save(folder, a="new")
    assert contents(folder) == {"a": "new", "b": "mine", "c": "rewritten", "d": "just made"}


def test_no_space_on_the_disk_leaves_the_old_files(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model", a="old", b="mine")

    def fill_the_disk() -> None:
        with staged_folder(folder) as place:
            (place / "a").write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fill_the_disk()
    assert contents(folder) == {"a": "old", "b": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_disk_that_is_full_is_an_os_error_and_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    # A limit on the size of files fails the same calls as a full disk does.
    code = f"""
import resource
from pathlib import Path
from tests.checkpoints.killed_saves import save
save(Path({str(tmp_path / "model")!r}), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
save(Path({str(tmp_path / "model")!r}), 2)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1].startswith("OSError: [Errno 27] File too large")
    assert json.loads((tmp_path / "model" / "config.json").read_text())["version"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def save_as_nobody(folder: Path) -> str:
    """Save in a process without the powers of root, and return what it printed."""
    code = f"""
import ctypes, os
from albert_docs_pkg.checkpoints import staged_folder
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with staged_folder({str(folder)!r}, replaces=("a*",)) as place:
    (place / "a").write_text("new")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize("locked", ["model", "."])
def test_a_folder_that_may_not_be_written_to_is_refused(locked: str, shared: Path) -> None:
    folder = filled(shared / "model", a="old")
    (shared / locked).chmod(0o555)
    target = folder if locked == "model" else shared / "another"
    said = save_as_nobody(target)
    (shared / locked).chmod(0o777)
    assert f"PermissionError: cannot save to {str(target)!r}: " in said
    assert contents(folder) == {"a": "old"}
    assert [path.name for path in shared.iterdir()] == ["model"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_in_one_that_may_not_be_written_to_is_saved_to(shared: Path) -> None:
    folder = filled(shared / "model", a="old", b="mine")
    folder.chmod(0o777)
    shared.chmod(0o555)
    said = save_as_nobody(folder)
    shared.chmod(0o777)
    assert said == ""
    assert contents(folder) == {"a": "new", "b": "mine"}


def test_systems_without_an_exchange_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module.os, "name", "nt")
    assert not exchange(filled(tmp_path / "a"), filled(tmp_path / "b"))


def test_an_exchange_with_nothing_is_an_error(tmp_path: Path) -> None:
    if exchange(filled(tmp_path / "a"), filled(tmp_path / "b")):
        with pytest.raises(FileNotFoundError):
            exchange(tmp_path / "a", tmp_path / "absent")


@pytest.mark.parametrize("error", [None, FileNotFoundError])
def test_reading_is_repeated_when_the_folder_changed(error: type[Exception] | None, tmp_path: Path) -> None:
    folder, seen = filled(tmp_path / "model", a="old"), []

    def read() -> str:
        seen.append((folder / "a").read_text())
        if len(seen) == 1:
            save(folder, a="new")
            if error is not None:
                raise error
        return seen[-1]

    assert read_unchanged(folder, read) == "new"
    assert seen == ["old", "new"]


def test_an_error_of_a_folder_at_rest_is_raised_at_once(tmp_path: Path) -> None:
    read: Callable[[], str] = (tmp_path / "absent").read_text
    with pytest.raises(FileNotFoundError):
        read_unchanged(tmp_path, read)
