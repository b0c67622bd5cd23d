"""Writes the small inventories beside it: the objects of other projects that the pages link to, and no others.

Sphinx's intersphinx reads them instead of fetching each project's whole inventory, so that a build needs no network.
To link to one more object, add it below and run ``python docs/_inventories/make_inventories.py``.
"""

from __future__ import annotations

import zlib
from pathlib import Path

# project -> (version, {"domain:role": {object name: address below the project's documentation}}).
# An address that ends in "$" stands for one that ends in the object's name.
PROJECTS: dict[str, tuple[str, dict[str, dict[str, str]]]] = {
    "python": (
        "3",
        {
            "py:class": {
                "bool": "library/functions.html#$",
                "bytes": "library/stdtypes.html#$",
                "collections.abc.Callable": "library/collections.abc.html#$",
                "collections.abc.Iterable": "library/collections.abc.html#$",
                "collections.abc.Iterator": "library/collections.abc.html#$",
                "collections.abc.Mapping": "library/collections.abc.html#$",
                "collections.abc.Sequence": "library/collections.abc.html#$",
                "contextlib.AbstractContextManager": "library/contextlib.html#$",
                "dict": "library/stdtypes.html#$",
                "float": "library/functions.html#$",
                "frozenset": "library/stdtypes.html#$",
                "int": "library/functions.html#$",
                "list": "library/stdtypes.html#$",
                "object": "library/functions.html#$",
                "os.PathLike": "library/os.html#$",
                "pathlib.Path": "library/pathlib.html#$",
                "set": "library/stdtypes.html#$",
                "slice": "library/functions.html#$",
                "str": "library/stdtypes.html#$",
                "tuple": "library/stdtypes.html#$",
                "typing.NamedTuple": "library/typing.html#$",
            },
            "py:data": {
                "Ellipsis": "library/constants.html#$",
                "None": "library/constants.html#$",
                "True": "library/constants.html#$",
                "False": "library/constants.html#$",
                "typing.Any": "library/typing.html#$",
                "typing.Literal": "library/typing.html#$",
                "typing.Self": "library/typing.html#$",
            },
            "py:exception": {
                "AttributeError": "library/exceptions.html#$",
                "FileNotFoundError": "library/exceptions.html#$",
                "ImportError": "library/exceptions.html#$",
                "IndexError": "library/exceptions.html#$",
                "KeyError": "library/exceptions.html#$",
                "NotImplementedError": "library/exceptions.html#$",
                "OSError": "library/exceptions.html#$",
                "RuntimeError": "library/exceptions.html#$",
                "TypeError": "library/exceptions.html#$",
                "ValueError": "library/exceptions.html#$",
            },
        },
    ),
    "numpy": (
        "2",
        {
            "py:class": {
                "numpy.bool": "reference/arrays.scalars.html#$",
                "numpy.dtype": "reference/generated/numpy.dtype.html#$",
                "numpy.float32": "reference/arrays.scalars.html#$",
                "numpy.int32": "reference/arrays.scalars.html#$",
                "numpy.int64": "reference/arrays.scalars.html#$",
                "numpy.integer": "reference/arrays.scalars.html#$",
                "numpy.ndarray": "reference/generated/numpy.ndarray.html#$",
                "numpy.random.Generator": "reference/random/generator.html#$",
                "numpy.random._generator.Generator": "reference/random/generator.html#numpy.random.Generator",
            },
            "py:function": {"numpy.random.default_rng": "reference/random/generator.html#$"},
            "py:data": {
                "numpy.typing.ArrayLike": "reference/typing.html#$",
                "numpy.typing.NDArray": "reference/typing.html#$",
            },
        },
    ),
    "tensorflow": (
        "2",
        {
            "py:class": {
                "tensorflow.python.framework.tensor.Tensor": "api_docs/python/tf/Tensor",
                "tensorflow.Tensor": "api_docs/python/tf/Tensor",
                "keras.src.backend.Variable": "api_docs/python/tf/keras/Variable",
            }
        },
    ),
    "jax": (
        "0.10",
        {
            "py:class": {
                "jax.Array": "_autosummary/jax.Array.html#$",
                "jax.jaxlib._jax.Array": "_autosummary/jax.Array.html#jax.Array",
                "jaxlib._jax.Device": "jax.html#jax.Device",
            }
        },
    ),
    "tokenizers": (
        "0.23",
        {"py:class": {"tokenizers.Tokenizer": "api/tokenizer#$"}},
    ),
    "torch": (
        "2",
        {
            "py:class": {
                "torch.FloatTensor": "tensors.html",
                "torch.LongTensor": "tensors.html",
                "torch.Tensor": "tensors.html#$",
                "torch.device": "tensor_attributes.html#$",
                "torch.dtype": "tensor_attributes.html#$",
                "torch.nn.Embedding": "generated/torch.nn.Embedding.html#$",
                "torch.nn.Linear": "generated/torch.nn.Linear.html#$",
                "torch.nn.Module": "generated/torch.nn.Module.html#$",
                "torch.nn.modules.linear.Linear": "generated/torch.nn.Linear.html#torch.nn.Linear",
                "torch.nn.modules.module.Module": "generated/torch.nn.Module.html#torch.nn.Module",
                "torch.nn.modules.sparse.Embedding": "generated/torch.nn.Embedding.html#torch.nn.Embedding",
            },
            "py:function": {
                "torch.compile": "generated/torch.compile.html#$",
                "torch.nn.functional.scaled_dot_product_attention": (
                    "generated/torch.nn.functional.scaled_dot_product_attention.html#$"
                ),
            },
        },
    ),
}


def write_inventory(path: Path, project: str, version: str, objects: dict[str, dict[str, str]]) -> None:
    """Write one file in the second version of Sphinx's inventory format: a header, then compressed lines."""
    lines = [
        f"{name} {role} 1 {address} -"
        for role, addresses in sorted(objects.items())
        for name, address in sorted(addresses.items())
    ]
    header = (
        "# Sphinx inventory version 2\n"
        f"# Project: {project}\n"
        f"# Version: {version}\n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    path.write_bytes(header.encode() + zlib.compress("\n".join([*lines, ""]).encode(), 9))


if __name__ == "__main__":
    for name, (version, objects) in PROJECTS.items():
        write_inventory(Path(__file__).with_name(f"{name}.inv"), name, version, objects)
