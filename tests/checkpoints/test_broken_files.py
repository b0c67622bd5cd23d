"""Files that are cut off, changed or lie about themselves: the error names the file, and nothing else happens."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import msgpack
import numpy as np
import pytest
import torch

from albert_docs_pkg.checkpoints import load_weights
from tests.checkpoints.broken_files import NAMES, SUFFIXES, content, copy_of, put, read_all

CUTS = [(format, part) for format in NAMES for part in range(20)]


@pytest.mark.parametrize(("format", "part"), CUTS)
def test_a_file_cut_off_anywhere_is_refused(format: str, part: int, tmp_path: Path) -> None:
    whole = content(format)
    path = put(tmp_path, format, whole[: len(whole) * part // 20])
    with pytest.raises(ValueError, match=r"is not a whole|must hold|holds no") as raised:
        read_all(tmp_path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("format", NAMES)
@pytest.mark.parametrize("start", [b"", b"\0" * 64, b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"<html>not found</html>"])
def test_a_file_of_another_kind_is_refused(format: str, start: bytes, tmp_path: Path) -> None:
    path = put(tmp_path, format, start + b"\xff" * 100)
    with pytest.raises(ValueError) as raised:
        read_all(tmp_path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("format", NAMES)
def test_a_page_that_points_to_the_real_file_is_refused(format: str, tmp_path: Path) -> None:
    path = put(tmp_path, format, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 47372894\n")
    with pytest.raises(ValueError) as raised:
        read_all(tmp_path)
    assert str(path) in str(raised.value)


# ------------------------------------------------------------------------------------------------------------- indexes


def write_index(folder: Path, format: str, weight_map: object) -> None:
    (folder / f"{NAMES[format]}.index.json").write_text(json.dumps({"weight_map": weight_map}))


@pytest.mark.parametrize("format", NAMES)
@pytest.mark.parametrize(
    "shard", ["../../etc/passwd", "/etc/passwd", "..", "", "a\\b", "a/../b", "nul\0", 3, None, ["a"]]
)
def test_an_index_names_shards_of_its_own_folder(format: str, shard: object, tmp_path: Path) -> None:
    write_index(
        tmp_path, format, {"a": f"{shard}{SUFFIXES[format]}" if isinstance(shard, str) and shard != ".." else shard}
    )
    with pytest.raises((ValueError, FileNotFoundError)) as raised:
        load_weights(tmp_path)
    assert "must name files of its own folder" in str(raised.value) or "lacks shards" in str(raised.value)


@pytest.mark.parametrize("format", NAMES)
def test_a_missing_shard_is_named(format: str, tmp_path: Path) -> None:
    write_index(tmp_path, format, {"a": f"shard{SUFFIXES[format]}"})
    with pytest.raises(FileNotFoundError, match=f"lacks shards that its index names: shard{SUFFIXES[format]}"):
        load_weights(tmp_path)


@pytest.mark.parametrize("format", NAMES)
def test_a_weight_in_two_shards_is_refused(format: str, tmp_path: Path) -> None:
    names = [f"one{SUFFIXES[format]}", f"two{SUFFIXES[format]}"]
    write_index(tmp_path, format, dict(zip("ab", names, strict=True)))
    for name in names:
        (tmp_path / name).write_bytes(content(format))
    with pytest.raises(ValueError, match=r"two files of the checkpoint hold .*one\..* and .*two\."):
        load_weights(tmp_path)


def test_shards_may_be_links(tmp_path: Path) -> None:
    blobs = copy_of("safetensors_sharded", tmp_path / "blobs")
    (tmp_path / "snapshot").mkdir()
    for path in blobs.iterdir():
        (tmp_path / "snapshot" / path.name).symlink_to(path)
    assert load_weights(tmp_path / "snapshot").keys() == load_weights(blobs).keys()


def test_a_link_to_nothing_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="has no weights"):
        load_weights(tmp_path)


# ------------------------------------------------------------------------------------------------------------- PyTorch


class Runs:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("old", [False, True], ids=["archive", "before 1.6"])
def test_a_pickle_that_runs_code_is_refused_and_does_not_run(old: bool, tmp_path: Path) -> None:
    saved = {"albert.pooler.bias": torch.zeros(8), "extra": Runs(tmp_path / "ran")}
    torch.save(saved, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=not old)
    with pytest.raises(
        ValueError, match=r"pytorch_model\.bin is a pickle that asks for '\S+'; .* nothing of it was run"
    ):
        load_weights(tmp_path)
    assert not (tmp_path / "ran").exists()


def test_a_plain_pickle_does_not_run_either(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({"a": Runs(tmp_path / "ran")}))
    with pytest.raises(ValueError, match=r"pytorch_model\.bin"):
        load_weights(tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("saved", "reason"),
    [
        ([torch.zeros(2)], "must hold a dictionary of tensors, got list"),
        ({}, "got an empty dict"),
        ({"epoch": 3}, "must hold plain tensors by name, got int at 'epoch'"),
        ({1: torch.zeros(2)}, "must hold plain tensors by name, got Tensor at 1"),
        ({"a": torch.zeros(2, 2).to_sparse()}, "must hold plain tensors by name"),
        ({"a": torch.zeros(2, dtype=torch.complex64)}, "the dtype of 'a' must be one of"),
        ({"a": torch.zeros(1).expand(10**6, 10**6)}, "takes 4,000,000,000,000 bytes"),
    ],
    ids=["a list", "empty", "a number", "a number for a name", "sparse", "complex", "a number seen 10^12 times"],
)
def test_a_file_of_anything_but_weights_is_refused(saved: object, reason: str, tmp_path: Path) -> None:
    torch.save(saved, tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match=reason):
        load_weights(tmp_path)


@pytest.mark.parametrize("old", [False, True], ids=["archive", "before 1.6"])
def test_files_of_old_and_new_versions_are_read(old: bool, tmp_path: Path) -> None:
    saved = {"pooler.weight": torch.arange(6.0).reshape(2, 3).T, "pooler.bias": torch.ones(3, dtype=torch.bfloat16)}
    torch.save(saved, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=not old)
    weights = load_weights(tmp_path)
    assert weights["pooler.weight"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert weights["pooler.bias"].dtype.name == "bfloat16"
    assert weights.shape("pooler.weight") == (3, 2)


def test_an_archive_with_compressed_entries_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 10**8)
    with pytest.raises(ValueError, match="must have its entries uncompressed"):
        load_weights(tmp_path)


# ---------------------------------------------------------------------------------------------------------- safetensors


def put_header(folder: Path, header: object, body: bytes = b"", size: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    put(folder, "safetensors", struct.pack("<Q", len(text) if size is None else size) + text + body)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ({"a": ENTRY | {"shape": [2**40]}}, bytes(8)),
        ({"a": ENTRY | {"shape": [2**63, 2**63]}}, bytes(8)),
        ({"a": ENTRY | {"shape": [-2]}}, bytes(8)),
        ({"a": ENTRY | {"data_offsets": [0, 2**62]}}, bytes(8)),
        ({"a": ENTRY | {"data_offsets": [8, 0]}}, bytes(8)),
        ({"a": ENTRY, "b": ENTRY}, bytes(8)),
        ({"a": ENTRY | {"dtype": "F7"}}, bytes(8)),
        ({"a": ENTRY}, b""),
        ({"a": {}}, b""),
        ([], b""),
        (b"[" * 10**5, b""),
        (b'{"a": ', b""),
    ],
)
def test_a_header_that_lies_is_refused(header: object, body: bytes, tmp_path: Path) -> None:
    put_header(tmp_path, header, body)
    with pytest.raises(ValueError, match=r"model\.safetensors is not a whole safetensors file"):
        read_all(tmp_path)


@pytest.mark.parametrize("size", [0, 2, 10**4, 2**31, 2**62, 2**64 - 1])
def test_a_header_that_claims_another_length_is_refused(size: int, tmp_path: Path) -> None:
    put_header(tmp_path, {"a": ENTRY}, bytes(8), size)
    with pytest.raises(ValueError, match=r"model\.safetensors is not a whole safetensors file"):
        read_all(tmp_path)


def test_a_dtype_that_no_model_has_is_refused(tmp_path: Path) -> None:
    put_header(tmp_path, {"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}, bytes(2))
    with pytest.raises(ValueError, match=r"the dtype of 'a' must be one of .*, got 'F8_E4M3'"):
        load_weights(tmp_path)


# ----------------------------------------------------------------------------------------------------------------- Flax


def leaf(shape: Any = (2,), dtype: Any = "float32", data: Any = bytes(8), kind: int = 1) -> msgpack.ExtType:
    return msgpack.ExtType(kind, msgpack.packb((shape, dtype, data)))


def nested(depth: int) -> bytes:
    return b"\x81\xa1a" * depth + b"\x80"


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (msgpack.packb({"a": leaf(shape=(2**40,))}), "takes 4,398,046,511,104 bytes"),
        (msgpack.packb({"a": leaf(shape=(-2,))}), "must be at most 8 numbers from 0 on"),
        (msgpack.packb({"a": leaf(shape=("x",))}), "must be at most 8 numbers from 0 on"),
        (msgpack.packb({"a": leaf(shape=2)}), "an array must have shape, dtype and bytes"),
        (msgpack.packb({"a": leaf(shape=(1,) * 99)}), "must be at most 8 numbers from 0 on, got 99 numbers"),
        (msgpack.packb({"a": leaf(dtype="object")}), "the dtype of 'a' must be one of"),
        (msgpack.packb({"a": leaf(dtype=3)}), "an array must have shape, dtype and bytes"),
        (msgpack.packb({"a": leaf(data=bytes(4))}), "has 4 bytes"),
        (msgpack.packb({"a": leaf(data="text")}), "an array must have shape, dtype and bytes"),
        (msgpack.packb({"a": leaf(kind=2)}), "extension type 1, got 2"),
        (msgpack.packb({"a": 3}), "a leaf must be an array"),
        (msgpack.packb({3: leaf()}), "the keys of mappings must be strings, got int"),
        (msgpack.packb([leaf()]), "is not a whole msgpack file"),
        (msgpack.packb({}), "holds no arrays"),
        (msgpack.packb({"a": leaf()}) + b"more", "4 bytes are left over"),
        (b"\xdf\xff\xff\xff\xff", "declares 4,294,967,295 weights"),
        (b"\x81\xa1a\xc9\xff\xff\xff\xff\x01", "it declares 4,294,967,295 bytes"),
        (b"\x81\xdb\xff\xff\xff\xffa", "is not a whole msgpack file"),
        (nested(20_000), "nested more than 32 deep"),
        (b"\x81\xa1a\xc7\x09\x01\x93" + b"\xdd\xff\xff\xff\xff" + bytes(3), "is not a whole msgpack file"),
    ],
)
def test_a_msgpack_file_that_lies_is_refused(packed: bytes, reason: str, tmp_path: Path) -> None:
    put(tmp_path, "flax", packed)
    with pytest.raises(ValueError, match=reason) as raised:
        read_all(tmp_path)
    assert "flax_model.msgpack" in str(raised.value)


# ----------------------------------------------------------------------------------------------------------- TensorFlow


def test_links_out_of_an_h5_file_are_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["secret"] = np.ones(4, np.float32)
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file["albert/pooler/bias:0"] = h5py.ExternalLink("secret.h5", "secret")
    with pytest.raises(ValueError, match=r"tf_model\.h5: 'albert/pooler/bias:0' is a ExternalLink"):
        load_weights(tmp_path)


@pytest.mark.parametrize("target", ["/albert", "/nothing", "/albert/pooler/bias:0"])
def test_soft_links_are_refused(target: str, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file["albert/pooler/bias:0"] = h5py.SoftLink(target)
    with pytest.raises(ValueError, match="is a SoftLink; weights must lie in the file itself"):
        load_weights(tmp_path)


def test_a_group_inside_itself_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        group = file.create_group("albert")
        group["again"] = group
    with pytest.raises(ValueError, match="the group 'albert/again' is inside itself"):
        load_weights(tmp_path)


def test_values_in_another_file_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"secret" * 100)
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file.create_dataset("a", (8,), np.float32, external=[(str(tmp_path / "secret.bin"), 0, 32)])
    with pytest.raises(ValueError, match="values of 'a' are in another file"):
        read_all(tmp_path)


def test_virtual_datasets_are_not_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["secret"] = np.ones(4, np.float32)
    layout = h5py.VirtualLayout((4,), np.float32)
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "secret", (4,))
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file.create_virtual_dataset("a", layout)
    with pytest.raises(ValueError, match="values of 'a' are in another file"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"shape": (2**20, 2**20), "dtype": "f4", "chunks": (8, 8)}, "takes 4,398,046,511,104 bytes"),
        ({"shape": (10**6,), "dtype": "f4", "chunks": (10**6,), "compression": "gzip"}, "takes 4,000,000 bytes"),
        ({"shape": (4,), "dtype": h5py.string_dtype()}, "the dtype of 'a' must be one of"),
        ({"shape": (4,), "dtype": np.dtype([("x", "f4")])}, "the dtype of 'a' must be one of"),
    ],
    ids=["never written", "compressed", "text", "records"],
)
def test_a_dataset_that_is_no_weight_is_refused(options: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file.create_dataset("a", **options)
    with pytest.raises(ValueError, match=reason):
        read_all(tmp_path)


def test_a_small_chunked_dataset_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "tf_model.h5", "w") as file:
        file.create_dataset("albert/pooler/bias:0", data=np.arange(8, dtype=">f4"), chunks=(4,))
    assert load_weights(tmp_path)["albert.pooler.bias"].tolist() == list(range(8))


@pytest.mark.parametrize("part", range(20))
@pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001"])
def test_a_tensorflow_1_checkpoint_cut_off_anywhere_is_refused(suffix: str, part: int, tmp_path: Path) -> None:
    folder = copy_of("tf1_checkpoint", tmp_path / "model")
    path = folder / f"model.ckpt-best{suffix}"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * part // 20])
    with pytest.raises(ValueError, match=r"model\.ckpt-best\.index"):
        read_all(folder)


def test_a_tensorflow_1_checkpoint_without_values_names_what_is_missing(tmp_path: Path) -> None:
    folder = copy_of("tf1_checkpoint", tmp_path / "model")
    (folder / "model.ckpt-best.data-00000-of-00001").rename(folder / "model.ckpt-best.data-00001-of-00002")
    with pytest.raises(FileNotFoundError, match=r"index needs model\.ckpt-best\.data-00000-of-00002 beside it"):
        load_weights(folder)


def test_without_tensorflow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r'pip install "albert-docs-pkg\[tensorflow\]"'):
        load_weights(copy_of("tf1_checkpoint", tmp_path / "model"))
