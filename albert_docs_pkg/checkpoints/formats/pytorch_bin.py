"""Read and write ``pytorch_model.bin``, whole or in shards; a pickle that wants more than tensors never runs."""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from albert_docs_pkg.checkpoints.stored import WEIGHT_DTYPES, ArrayFile, StoredArray, check_count, check_declared

WEIGHTS_FILE = "pytorch_model.bin"
INDEX_FILE = "pytorch_model.bin.index.json"

_MAPPED_AT_ONCE = 2**26
_LARGEST_PICKLE = 2**26


def read(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file, which PyTorch loads with ``weights_only=True``.

    Files of PyTorch 1.6 and later are mapped into memory and read one array at a time; older ones are read whole.

    Raises:
        ValueError: the file is damaged, is no dictionary of tensors, or is a pickle that asks for anything else; what
            it asks for is named and not run.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> import torch
        >>> from albert_docs_pkg.checkpoints.formats import pytorch_bin
        >>> file = Path(tempfile.mkdtemp(), "pytorch_model.bin")
        >>> torch.save({"pooler.bias": torch.zeros(8)}, file)
        >>> pytorch_bin.read(file)["pooler.bias"].shape
        (8,)
    """
    ArrayFile(path)  # what the system refuses is told apart from damage
    archive = _BinFile(path)
    arrays = {}
    check_count(path, len(archive.tensors))
    for name, tensor in archive.tensors.items():
        dtype = check_declared(path, name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        arrays[name] = StoredArray(tuple(tensor.shape), dtype, path, partial(archive.array, name), name)
    return arrays


def write(weights: Mapping[str, np.ndarray], folder: Path) -> None:
    """Write ``pytorch_model.bin``, a dictionary of tensors as ``torch.save`` has written them since PyTorch 1.6.

    Args:
        weights: arrays by the names that the file is to have; an array under two names is stored once.
        folder: an existing folder.

    Example:
        >>> pytorch_bin.write({"pooler.bias": np.zeros(8, np.float32)}, file.parent)
        >>> pytorch_bin.read(file)["pooler.bias"].read().dtype.name
        'float32'
    """
    import torch

    once: dict[int, Any] = {}
    for array in weights.values():
        owned = np.require(array, requirements=["C", "W"])
        is_bfloat16 = owned.dtype.name == "bfloat16"
        tensor = torch.from_numpy(owned.view(np.int16) if is_bfloat16 else owned)
        once.setdefault(id(array), tensor.view(torch.bfloat16) if is_bfloat16 else tensor)
    torch.save({name: once[id(array)] for name, array in weights.items()}, folder / WEIGHTS_FILE)


class _BinFile:
    """A file of tensors, mapped anew after every 64 MB, because what was read of a mapping stays in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_archive = zipfile.is_zipfile(path)
        if self.is_archive:
            _check_archive(path)
        self.tensors: dict[str, Any] = {}
        self._taken = 0
        self._load()

    def array(self, name: str) -> np.ndarray:
        """Return an array, copied out of a mapped file, as it is from one that was read whole."""
        import torch

        tensor = self.tensors[name]
        contiguous = tensor.contiguous()
        if contiguous.dtype == torch.bfloat16:
            import ml_dtypes

            array = contiguous.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
        else:
            array = contiguous.numpy()
        if self.is_archive:
            array = array.copy()
            self._taken += array.nbytes
            if self._taken > _MAPPED_AT_ONCE:
                del tensor, contiguous
                self._load()
        return array

    def _load(self) -> None:
        import torch

        self.tensors, self._taken = {}, 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of torch, about how old files store tensors
                content = torch.load(self.path, map_location="cpu", weights_only=True, mmap=self.is_archive)
        except pickle.UnpicklingError as error:
            raise ValueError(_refusal(self.path, error)) from None
        except MemoryError:
            raise
        except Exception as error:  # whatever a damaged file makes torch's unpickler do
            reason = str(error).strip().split("\n")[0] or type(error).__name__
            raise ValueError(f"{self.path} is not a whole PyTorch file: {reason}") from None
        if not isinstance(content, dict) or not content:
            raise ValueError(f"{self.path} must hold a dictionary of tensors, got {_described(content)}")
        for name, value in content.items():
            plain = isinstance(value, torch.Tensor) and value.layout == torch.strided and not value.is_quantized
            if not isinstance(name, str) or not plain or value.device.type != "cpu":
                raise ValueError(f"{self.path} must hold plain tensors by name, got {_described(value)} at {name!r}")
            if str(value.dtype).removeprefix("torch.") not in WEIGHT_DTYPES:
                raise ValueError(
                    f"{self.path}: the dtype of {name!r} must be one of {', '.join(WEIGHT_DTYPES)}, got {value.dtype}"
                )
        self.tensors = content


def _check_archive(path: Path) -> None:
    """Refuse what PyTorch does not write and a bomb needs: compressed entries, or entries larger than the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise ValueError(f"{path} is not a whole PyTorch file: {error}") from None
    check_count(path, len(entries))
    there = path.stat().st_size
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise ValueError(f"{path} must have its entries uncompressed, as PyTorch writes them, got {entry.filename}")
        if entry.filename.endswith(".pkl") and entry.file_size > _LARGEST_PICKLE:
            raise ValueError(f"{path}: {entry.filename} takes {entry.file_size:,} bytes; the list of weights is small")
    declared = sum(entry.file_size for entry in entries)
    if declared > there:
        raise ValueError(f"{path}: its entries take {declared:,} bytes, the file has {there:,}")


def _refusal(path: Path, error: Exception) -> str:
    text = str(error)
    wanted = re.search(r"(?:Unsupported global: GLOBAL|[Uu]nsupported class) (\S+)", text)
    if wanted:
        return f"{path} is a pickle that asks for {wanted[1]!r}; only tensors are loaded, and nothing of it was run"
    detail = re.search(r"WeightsUnpickler error:\s*(\S[^\n]*)", text)
    reason = detail[1] if detail else text.strip().split("\n")[0]
    return f"{path} is not a whole PyTorch file, or asks for more than tensors; nothing of it was run: {reason}"


def _described(value: Any) -> str:
    return f"an empty {type(value).__name__}" if value == {} else type(value).__name__
