"""Read and write ``tf_model.h5``, whole or in shards, without TensorFlow: the tree of datasets that Keras saves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from albert_docs_pkg.checkpoints.names import HEADS, stored_name
from albert_docs_pkg.checkpoints.stored import ArrayFile, StoredArray, check_count, check_declared, settle_bias

WEIGHTS_FILE = "tf_model.h5"
INDEX_FILE = "tf_model.h5.index.json"

_DEEPEST = 32
_LAYERS = ("albert", *HEADS)


def read(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file by canonical name.

    Only what lies in the file itself is read: a link, or a dataset whose values are in another file, is refused.

    Raises:
        ValueError: the file is damaged, has links, or has datasets that are no weights.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from albert_docs_pkg.checkpoints.formats import tensorflow_h5
        >>> folder = Path(tempfile.mkdtemp())
        >>> weights = {"classifier.weight": np.zeros((2, 8), np.float32)}
        >>> tensorflow_h5.write(weights, folder, "AlbertForSequenceClassification")
        >>> tensorflow_h5.read(folder / "tf_model.h5")["classifier.weight"].shape
        (2, 8)
    """
    import h5py

    raw = ArrayFile(path)
    arrays: dict[str, StoredArray] = {}
    own: set[str] = set()
    try:
        file = h5py.File(path, "r", locking=False)
        root = file["model_weights"] if "model_weights" in file and "layer_names" not in file.attrs else file
        for place, dataset in _datasets(path, root):
            spelling = "/".join(place)
            if dataset.is_virtual or dataset.external is not None:
                raise ValueError(
                    f"{path}: the values of {spelling!r} are in another file; weights must lie in the file"
                )
            shape = tuple(int(size) for size in dataset.shape)
            dtype = check_declared(path, spelling, shape, dataset.dtype.name)
            name, transposed = stored_name(_inside_layer(place))
            name = spelling if name is None else name
            # Keras stores the embeddings again among the weights of the head that is tied to them.
            is_own = name.startswith(f"{place[0]}.") or len(place) < 2
            if name in arrays and (name in own or not is_own):
                continue
            own.update({name} if is_own else ())
            fetch = partial(_fetch, path, raw, dataset, shape, dtype)
            turned = partial(_turned, fetch) if transposed else fetch
            arrays[name] = StoredArray(shape[::-1] if transposed else shape, dtype, path, turned, spelling)
    except Exception as error:  # libhdf5 raises nearly anything on damaged files
        if str(error).startswith(str(path)):
            raise
        raise ValueError(f"{path} is not a whole HDF5 file of weights: {_reason(error)}") from None
    if not arrays:
        raise ValueError(f"{path} holds no datasets")
    settle_bias(arrays)
    return arrays


def write(weights: Mapping[str, np.ndarray], folder: Path, architecture: str) -> None:
    """Write ``tf_model.h5``.

    Args:
        weights: arrays by canonical name, those of the encoder with ``albert.``.
        folder: an existing folder.
        architecture: class name of the PyTorch model with these weights, such as ``"AlbertForMaskedLM"``.

    Example:
        >>> tensorflow_h5.write({"albert.pooler.bias": np.zeros(2, np.float32)}, folder, "AlbertModel")
        >>> list(tensorflow_h5.read(folder / "tf_model.h5"))
        ['albert.pooler.bias']
    """
    import h5py

    model = "tf_albert" + "".join(f"_{c.lower()}" if c.isupper() else c for c in architecture.removeprefix("Albert"))
    model = model.replace("_l_m", "_lm")
    by_layer: dict[str, list[tuple[str, np.ndarray]]] = {}
    for name, array in weights.items():
        layer, path, turned = _keras_place(name, array)
        by_layer.setdefault(layer, []).append((f"{model}/{path}:0", turned))
        if name == "predictions.bias":
            by_layer[layer].append((f"{model}/predictions/decoder/bias:0", turned))
    with h5py.File(folder / WEIGHTS_FILE, "w") as file:
        file.attrs["backend"] = np.bytes_(b"tensorflow")
        file.attrs["keras_version"] = np.bytes_(b"2.15.0")
        file.attrs["layer_names"] = [layer.encode() for layer in by_layer]
        for layer, members in by_layer.items():
            group = file.create_group(layer)
            names = [name for name, _ in members]
            for name, array in members:
                group.create_dataset(name, data=array)
            if layer == "predictions" and "albert" in by_layer:
                tied = [name for name, _ in by_layer["albert"] if "/embeddings/" in name]
                for name in tied:
                    group[name] = file[f"albert/{name}"]  # a second name, not a second copy
                names += tied
            group.attrs["weight_names"] = [name.encode() for name in names]
        file.create_group("top_level_model_weights").attrs["weight_names"] = np.array([], "S1")


def _keras_place(name: str, array: np.ndarray) -> tuple[str, str, np.ndarray]:
    """Return the layer, the path of the variable and the array the way Keras has it."""
    *parts, leaf = name.split(".")
    layer = parts[0]
    text = "/".join(parts)
    for group in ("albert_layer_groups", "albert_layers"):
        text = text.replace(f"{group}/", f"{group}_._")
    if leaf == "weight":
        if parts[-1].endswith("_embeddings"):
            leaf = "weight" if parts[-1] == "word_embeddings" else "embeddings"
        elif parts[-1] in ("LayerNorm", "full_layer_layer_norm"):
            leaf = "gamma"
        else:
            leaf, array = "kernel", np.ascontiguousarray(array.T)
    elif parts[-1] in ("LayerNorm", "full_layer_layer_norm"):
        leaf = "beta"
    return layer, f"{text}/{leaf}", array


def _inside_layer(place: tuple[str, ...]) -> str:
    """Return the path of a variable without the layer and the model in front of it: ``albert/my_model/albert/...``."""
    if len(place) > 3 and place[0] in _LAYERS and place[1] not in _LAYERS and place[2] in _LAYERS:
        return "/".join(place[2:])
    return "/".join(place)


def _datasets(path: Path, root: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    import h5py

    seen: set[int] = set()
    count = 0
    waiting: list[tuple[tuple[str, ...], Any]] = [((), root)]
    while waiting:
        place, node = waiting.pop()
        where = "/".join(place)
        if isinstance(node, h5py.Dataset):
            yield place, node
            continue
        if not isinstance(node, h5py.Group):
            raise ValueError(f"{path}: {where!r} must be a group or a dataset, got {type(node).__name__}")
        address = h5py.h5o.get_info(node.id).addr
        if address in seen or len(place) > _DEEPEST:
            raise ValueError(f"{path}: the group {where!r} is inside itself, or more than {_DEEPEST} deep")
        seen.add(address)
        count += len(node)
        check_count(path, count)
        for name in reversed(list(node)):
            link = node.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(
                    f"{path}: {'/'.join((*place, name))!r} is a {type(link).__name__}; "
                    f"weights must lie in the file itself"
                )
            waiting.append(((*place, name), node[name]))


def _fetch(path: Path, raw: ArrayFile, dataset: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    try:
        offset = dataset.id.get_offset()
        array = dataset[()] if offset is None else raw.array(offset, shape, dataset.dtype)
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{path}: {dataset.name!r} cannot be read: {_reason(error)}") from None
    return np.asarray(array, dtype)


def _turned(fetch: Any) -> np.ndarray:
    return np.ascontiguousarray(fetch().T)


def _reason(error: Exception) -> str:
    return str(error).strip("'\"") or type(error).__name__
