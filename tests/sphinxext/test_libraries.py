"""Libraries from PyPI, documented through pages: nothing crashes and no construct is left over."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from tests.sphinxext.conftest import Build

PAGES = {
    "safetensors": """\
# Safetensors

[[autodoc]] safe_open
    - keys
    - get_tensor
    - get_slice

## NumPy

[[autodoc]] safetensors.numpy.load_file

[[autodoc]] safetensors.numpy.save_file

[[autodoc]] safetensors.numpy.save

[[autodoc]] SafetensorError
""",
    "huggingface_hub": """\
# Hub

[[autodoc]] HfApi
    - create_repo
    - upload_file
    - list_models
    - all

[[autodoc]] hf_hub_download

[[autodoc]] ModelHubMixin
    - all
    - _save_pretrained

[[autodoc]] InferenceClient

[[autodoc]] huggingface_hub.CommitOperationAdd

[[autodoc]] errors.HfHubHTTPError

[[autodoc]] constants.HF_HUB_CACHE
""",
    "tokenizers": """\
# Tokenizers

[[autodoc]] tokenizers.Tokenizer
    - all
    - padding
    - from_file

[[autodoc]] tokenizers.Encoding

[[autodoc]] tokenizers.models.BPE

[[autodoc]] normalizers.NFKC

[[autodoc]] AddedToken
""",
}
LEFTOVERS = re.compile(r"\[\[autodoc|\[`|&lt;hf|&lt;Tip|&lt;Added|:obj:`")


@pytest.mark.parametrize(
    "package",
    ["safetensors", *(pytest.param(name, marks=pytest.mark.slow) for name in ("huggingface_hub", "tokenizers"))],
)
@pytest.mark.parametrize("docstrings", ["markdown", "rst"])
def test_a_library_is_documented_without_leftovers(build: Build, package: str, docstrings: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    built = build(
        {"index.mdx": PAGES[package]},
        doc_builder_package=package,
        doc_builder_docstrings=docstrings,
        extensions=["sphinx.ext.napoleon", "albert_docs_pkg.sphinxext"],
    )
    html = built.text()
    objects = built.app.env.domains.python_domain.objects
    for name in re.findall(r"\[\[autodoc\]\] (\S+)", PAGES[package]):
        full = name if name.startswith(f"{package}.") else f"{package}.{name}"
        assert full in objects or any(known.endswith(full.split(".", 1)[1]) for known in objects), full
    assert not [line for line in built.warnings if "doc_builder.object" in line]
    if docstrings == "markdown":
        code_free = re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL)
        assert LEFTOVERS.findall(code_free) == []
