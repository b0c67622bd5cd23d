"""Which object a name means, and under which name it is documented."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from albert_docs_pkg.sphinxext.lookup import Found, Missing, documented_methods, find_in_package, find_in_scope, member

pytestmark = pytest.mark.usefixtures("_pond")


@pytest.mark.parametrize(
    ("name", "full", "kind"),
    [
        ("Duck", "pond.Duck", "class"),
        ("pond.Duck", "pond.Duck", "class"),
        ("animals.Duck", "pond.Duck", "class"),
        ("pond.animals.Duck.hatch", "pond.Duck.hatch", "method"),
        ("Duck.name", "pond.Duck.name", "property"),
        ("Duck.legs", "pond.Duck.legs", "attribute"),
        ("Duck.Nest", "pond.Duck.Nest", "class"),
        ("Duck.species", "pond.Duck.species", "method"),
        ("count", "pond.count", "function"),
        ("water", "pond.water", "module"),
        ("pond", "pond", "module"),
        ("water.DEPTH", "pond.water.DEPTH", "data"),
    ],
)
def test_names_lead_to_objects(name: str, full: str, kind: str) -> None:
    found = find_in_package(name, "pond")
    assert isinstance(found, Found)
    assert (found.name, found.kind) == (full, kind)


@pytest.mark.parametrize("name", ["Swan", "Duck.fly", "water.Nothing", "a b", "", "pond..Duck", "Duck.", "1"])
def test_names_that_mean_nothing_have_a_reason(name: str) -> None:
    found = find_in_package(name, "pond")
    if name == "":
        assert isinstance(found, Found)  # the package itself
    else:
        assert isinstance(found, Missing)
        assert found.reason


def test_aliases_replace_the_longest_prefix() -> None:
    aliases = {"models": "water", "models.duck": "animals", "transformers": ""}
    assert find_in_package("models.duck.Duck", "pond", aliases).name == "pond.Duck"
    assert find_in_package("transformers.Duck", "pond", aliases).name == "pond.Duck"
    assert find_in_package("models.Shore", "pond", aliases).name == "pond.Shore"
    assert isinstance(find_in_package("models_duck.Duck", "pond", aliases), Missing)


def test_a_package_that_imports_its_names_late_gives_short_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lazy"
    package.mkdir()
    (package / "__init__.py").write_text(
        "def __getattr__(name):\n    if name == 'Late':\n        from lazy.inner import Late\n        return Late\n"
        "    if name == 'Broken':\n        raise ImportError('needs tensorflow')\n    raise AttributeError(name)\n"
    )
    (package / "inner.py").write_text("class Late:\n    '''Late.'''\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_in_package("inner.Late", "lazy").name == "lazy.Late"
    broken = find_in_package("Broken", "lazy")
    assert isinstance(broken, Missing)
    assert "needs tensorflow" in broken.reason


def test_documented_methods_differ_from_those_of_every_base() -> None:
    duck = find_in_package("Duck", "pond")
    assert documented_methods(duck.value) == ["hatch", "move", "species"]


def test_members_may_be_private_or_undocumented() -> None:
    duck = find_in_package("Duck", "pond")
    for name in ("_secret", "undocumented", "__call__"):
        found = member(duck, name)
        assert found is not None
        assert found.kind == "method"
    assert member(duck, "fly") is None


def test_names_of_a_docstring_are_looked_up_in_its_module() -> None:
    find_in_package("Duck", "pond")
    found = find_in_scope("Animal.move", "pond.animals")
    assert found is not None
    assert found.name == "pond.animals.Animal.move"
    assert find_in_scope("Swan", "pond.animals") is None
    assert find_in_scope("Swan", "no.such.module") is None


def test_finding_objects_imports_no_framework() -> None:
    import subprocess

    code = (
        "import sys; import albert_docs_pkg.sphinxext as x; "
        "print([m for m in ('torch', 'tensorflow', 'jax', 'tokenizers', 'nbformat') if m in sys.modules], "
        "[m for m in sys.modules if m.startswith('albert_docs_pkg.') and 'sphinxext' not in m])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[] []"
