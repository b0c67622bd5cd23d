"""One folder serves all frameworks: weights that pass through each of them come back bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.models.conftest import CASES, recorded
from tests.models.frameworks import FRAMEWORKS, PyTorch


@pytest.mark.parametrize("name", CASES)
def test_weights_survive_every_framework(name: str, tmp_path: Path) -> None:
    case = recorded(name)
    folder = case.folder
    for number, framework in enumerate([*FRAMEWORKS, PyTorch()]):
        model = framework.load(case.head, folder)
        folder = tmp_path / f"{number}-{framework.name}"
        model.save_pretrained(folder)
    original, found = load_file(case.folder / "model.safetensors"), load_file(folder / "model.safetensors")
    assert found.keys() == original.keys()
    assert all(found[weight].tobytes() == original[weight].tobytes() for weight in original)


@pytest.mark.parametrize("source", FRAMEWORKS, ids=lambda framework: framework.name)
def test_what_one_framework_saves_names_no_framework(source: object, tmp_path: Path) -> None:
    case = recorded("shared-params-ForMaskedLM")
    source.load(case.head, case.folder).save_pretrained(tmp_path)  # type: ignore[attr-defined]
    assert (tmp_path / "config.json").read_text().count("AlbertForMaskedLM") == 1
    assert "TFAlbert" not in (tmp_path / "config.json").read_text()
    assert "FlaxAlbert" not in (tmp_path / "config.json").read_text()
