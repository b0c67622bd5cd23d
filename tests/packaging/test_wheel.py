"""Tests of the wheel: what is in it, and that it works in an environment that has only the dependencies besides."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("albert_docs_pkg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing an earlier build left in the tree can get into it."""
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(copy / "dist"), str(copy)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = (copy / "dist").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a new environment, which finds the dependencies in this one."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    installed = subprocess.run(install, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def run(python: Path, code: str, tmp_path: Path) -> str:
    finished = subprocess.run([str(python), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_wheel_carries_assets_types_and_licences(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "albert_docs_pkg" / "assets").rglob("*.*")}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "albert_docs_pkg").rglob("*.py")}
    assert assets
    assert assets | modules | {"albert_docs_pkg/py.typed", "albert_docs_pkg/wordnet/wordnet-3.0.xz"} <= names
    licences = {Path(name).name for name in names if ".dist-info/licenses/" in name}
    assert {"LICENSE", "LICENSE.wordnet"} <= licences


def test_wheel_holds_the_package_alone(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"albert_docs_pkg"}
    assert wheel.stat().st_size < 10_000_000


def test_installed_package_is_the_one_from_the_wheel(python: Path, tmp_path: Path) -> None:
    where = run(python, "import albert_docs_pkg; print(albert_docs_pkg.__file__)", tmp_path)
    assert Path(where).is_relative_to(python.parents[1])


def test_installed_package_loads_the_bundled_checkpoint_and_data(python: Path, tmp_path: Path) -> None:
    code = """
from albert_docs_pkg import AlbertModel, AlbertTokenizer, AlbertTokenizerFast
from albert_docs_pkg.wordnet import load_dataset
name = "albert-wordnet-nano"
model = AlbertModel.from_pretrained(name)
for tokenizer in (AlbertTokenizer.from_pretrained(name), AlbertTokenizerFast.from_pretrained(name)):
    states = model(**tokenizer("a large body of water", return_tensors="pt")).last_hidden_state
    assert states.shape[2] == model.config.hidden_size
print(len(load_dataset("text-classification").validation) > 1000)
"""
    assert run(python, code, tmp_path).splitlines()[-1] == "True"
