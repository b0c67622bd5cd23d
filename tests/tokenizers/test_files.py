"""Loading, saving and pickling."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_docs_pkg.tokenizers import AddedToken, AlbertTokenizer, AlbertTokenizerFast
from albert_docs_pkg.tokenizers.tokenizer_json import TokenizerJson
from albert_docs_pkg.tokenizers.vocabulary_file import VocabularyFile
from tests.tokenizers.conftest import ALBERT, CLASSES, SMALL

TEXTS = ["A well-known, (cheap) test of 2000, things.", "[MASK] £9,999.99 – Ünïcödé <unk>", "", " nnn [CLS]\tx "]


def same(one: Any, two: Any) -> bool:
    return one(TEXTS)["input_ids"] == two(TEXTS)["input_ids"] and one.get_vocab() == two.get_vocab()


def test_bundled_vocabulary_loads_without_a_network(cls: Any) -> None:
    tokenizer = cls.from_pretrained("albert-wordnet-nano")
    assert tokenizer.decode(tokenizer("a small dog")["input_ids"], skip_special_tokens=True) == "a small dog"
    assert tokenizer.all_special_ids == [2, 3, 1, 0, 4]


@pytest.mark.parametrize("vocabulary", [SMALL, ALBERT], ids=["small", "albert"])
def test_saved_tokenizer_loads_as_either_class(cls: Any, vocabulary: Path, tmp_path: Path) -> None:
    tokenizer = cls(vocabulary, do_lower_case=False, keep_accents=True, model_max_length=99, padding_side="left")
    tokenizer.add_tokens(["<chem>", AddedToken("<Bio>", single_word=True)])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<sense>"]})
    saved = tokenizer.save_pretrained(tmp_path / "made" / "here")
    names = {"tokenizer_config.json", "special_tokens_map.json", "spiece.model", "added_tokens.json"}
    assert {Path(path).name for path in saved} == names | ({"tokenizer.json"} if cls is AlbertTokenizerFast else set())
    for other in CLASSES:
        again = other.from_pretrained(tmp_path / "made" / "here")
        assert same(again, tokenizer)
        assert again("<chem> a <Bio> <sense>")["input_ids"] == tokenizer("<chem> a <Bio> <sense>")["input_ids"]
        assert (again.model_max_length, again.padding_side, again.do_lower_case) == (99, "left", False)
        assert again.additional_special_tokens == ["<sense>"]
        assert again.added_tokens_decoder == tokenizer.added_tokens_decoder


def test_saving_again_writes_the_same_bytes(cls: Any, tmp_path: Path) -> None:
    cls(SMALL).save_pretrained(tmp_path / "one")
    cls.from_pretrained(tmp_path / "one").save_pretrained(tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_saved_files_carry_the_prefix(tokenizer: Any, tmp_path: Path) -> None:
    assert all(Path(path).name.startswith("v2-") for path in tokenizer.save_pretrained(tmp_path, filename_prefix="v2"))
    assert Path(tokenizer.save_vocabulary(tmp_path)[0]).read_bytes() == SMALL.read_bytes()


def test_unknown_configuration_survives(cls: Any, tmp_path: Path) -> None:
    (tmp_path / "spiece.model").write_bytes(SMALL.read_bytes())
    extra = {"down_scale_factor": 1, "chat": {"a": [None, True]}, "model_max_length": 512, "tokenizer_class": "Other"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(extra))
    cls.from_pretrained(tmp_path).save_pretrained(tmp_path / "again")
    saved = json.loads((tmp_path / "again" / "tokenizer_config.json").read_text())
    assert {name: saved[name] for name in extra} == {**extra, "tokenizer_class": cls.__name__}


def test_old_hub_folder_loads(cls: Any, tmp_path: Path) -> None:
    # What hub folders of 2019 hold: a vocabulary and a configuration with one entry.
    (tmp_path / "spiece.model").write_bytes(ALBERT.read_bytes())
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 512}')
    (tmp_path / "special_tokens_map.json").write_text(
        '{"mask_token": {"content": "[MASK]", "lstrip": true, "normalized": false, "__type": "AddedToken"}}'
    )
    (tmp_path / "added_tokens.json").write_text('{"<old>": 30000}')
    tokenizer = cls.from_pretrained(tmp_path)
    assert tokenizer("a <old> [MASK]")["input_ids"] == [2, 21, 30000, 4, 3]
    assert (len(tokenizer), tokenizer.vocab_size, tokenizer.model_max_length) == (30001, 30000, 512)


def old_tokenizer_json(path: Path) -> None:
    """Write what converters of 2020 wrote: no added symbols, symbols scored zero, comma pieces made unlikely."""
    content = json.loads(AlbertTokenizerFast(ALBERT).backend_tokenizer.to_str())
    content["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "▁", "str_rep": "▁", "add_prefix_space": True},
        ],
    }
    content["decoder"] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
    content["model"].pop("byte_fallback", None)
    content["model"].pop("type", None)
    path.write_text(json.dumps(content))


def test_old_tokenizer_json_alone_gives_the_same_ids(tmp_path: Path) -> None:
    old_tokenizer_json(tmp_path / "tokenizer.json")
    for cls in CLASSES:
        assert same(cls.from_pretrained(tmp_path), AlbertTokenizer(ALBERT))


def test_newer_tokenizer_json_with_symbols_as_added_tokens_gives_the_same_ids(tmp_path: Path) -> None:
    old_tokenizer_json(tmp_path / "tokenizer.json")
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    content["added_tokens"] += [
        {"id": index, "content": content["model"]["vocab"][index][0], "special": False, "normalized": False}
        for index in range(5, 13)
    ]
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    (tmp_path / "spiece.model").write_bytes(ALBERT.read_bytes())
    assert same(AlbertTokenizerFast.from_pretrained(tmp_path), AlbertTokenizer(ALBERT))


def test_text_rules_come_from_tokenizer_json_when_the_configuration_is_silent(tmp_path: Path) -> None:
    AlbertTokenizerFast(SMALL, do_lower_case=False, keep_accents=True).save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    tokenizer = AlbertTokenizerFast.from_pretrained(tmp_path)
    assert (tokenizer.do_lower_case, tokenizer.keep_accents) == (False, True)
    assert AlbertTokenizerFast.from_pretrained(tmp_path, do_lower_case=True).do_lower_case


def test_retrained_tokenizer_json_wins_over_the_old_model(tmp_path: Path) -> None:
    AlbertTokenizerFast(SMALL).save_pretrained(tmp_path)
    (tmp_path / "spiece.model").write_bytes(ALBERT.read_bytes())
    assert AlbertTokenizerFast.from_pretrained(tmp_path).vocab_size == 2000
    assert AlbertTokenizer.from_pretrained(tmp_path).vocab_size == 30000


def test_tokenizer_json_runs_in_other_programs(albert_fast: Any, tmp_path: Path) -> None:
    albert_fast.save_pretrained(tmp_path)
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for text in ("A well-known (cheap) drink, £3.50 – or 2000, [MASK] more.", "of or relating to 19, 20", ""):
        assert other.encode(text).ids == albert_fast(text)["input_ids"]
    assert other.encode("a dog", "a cat").type_ids == albert_fast("a dog", "a cat")["token_type_ids"]


def test_pickle_needs_no_file(cls: Any, tmp_path: Path) -> None:
    path = tmp_path / "spiece.model"
    path.write_bytes(SMALL.read_bytes())
    tokenizer = cls(path, do_lower_case=False, custom="kept", truncation_side="left")
    tokenizer.add_tokens(["<chem>"])
    content = pickle.dumps(tokenizer)
    path.unlink()
    again = pickle.loads(content)
    assert same(again, tokenizer)
    assert again._options() == tokenizer._options()
    assert again("<chem>")["input_ids"] == [2, 2000, 3]


def test_importing_and_encoding_loads_no_framework() -> None:
    code = (
        "import sys, albert_docs_pkg.tokenizers as t;"
        "assert not {'sentencepiece', 'tokenizers'} & set(sys.modules), 'tokenizer libraries too early';"
        "k = t.AlbertTokenizer.from_pretrained('albert-wordnet-nano');"
        "assert 'tokenizers' not in sys.modules;"
        "k(['a', 'b c'], padding=True, return_tensors='np');"
        "t.AlbertTokenizerFast.from_pretrained('albert-wordnet-nano')('a');"
        "assert not {'torch', 'tensorflow', 'jax', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def test_a_folder_without_a_vocabulary_is_named(cls: Any, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[CLS]")
    with pytest.raises(FileNotFoundError, match=r"neither 'spiece\.model' nor 'tokenizer\.json'"):
        cls.from_pretrained(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"'absent\.model' is not a file"):
        cls("absent.model")
    with pytest.raises(ValueError, match="vocab_file must be the path"):
        cls()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"<!doctype html><html>", "wire type"),
        (SMALL.read_bytes()[:5000], "it ends at byte 5000"),
        (b"\x1a\x02\x0a\x00", "it holds no pieces"),
    ],
)
def test_a_broken_model_is_named_with_the_reason(cls: Any, tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "spiece.model"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason) as error:
        cls.from_pretrained(tmp_path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("tokenizer.json", "{", "cannot be used"),
        ("tokenizer.json", "[]", "it has no 'model'"),
        ("tokenizer.json", '{"model": {"type": "BPE"}}', "must be 'Unigram', got 'BPE'"),
        (
            "tokenizer.json",
            '{"model": {"type": "Unigram", "unk_id": 5, "vocab": [["a", 0]]}}',
            "'unk_id' must be from 0 to 0",
        ),
        ("tokenizer.json", '{"model": {"type": "Unigram", "unk_id": 0, "vocab": ["a"]}}', "entry 0 of its vocabulary"),
        ("tokenizer_config.json", "nonsense", "is not JSON"),
        ("tokenizer_config.json", "[1]", "must hold an object, got list"),
        ("tokenizer_config.json", '{"do_lower_case": "yes"}', "do_lower_case must be True or False, got 'yes'"),
        ("tokenizer_config.json", '{"model_max_length": -1}', "model_max_length must be"),
        ("tokenizer_config.json", '{"padding_side": "up"}', "padding_side must be 'left' or 'right', got 'up'"),
        ("tokenizer_config.json", '{"added_tokens_decoder": {"x": {}}}', "'added_tokens_decoder' of"),
        ("tokenizer_config.json", '{"added_tokens_decoder": {"7": {"content": "z"}}}', "which is the piece"),
        ("special_tokens_map.json", "{,}", "is not JSON"),
        ("special_tokens_map.json", '{"cls_token": 3}', "an added token is a text"),
        ("added_tokens.json", '{"a": "b"}', "the id of 'a' must be at least 0"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / "spiece.model").write_bytes(SMALL.read_bytes())
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=reason):
        AlbertTokenizerFast.from_pretrained(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=4))))
def test_fuzzed_models_are_refused_or_read(change: Any) -> None:
    content = change
    if isinstance(change, tuple):
        place, put = change
        whole = SMALL.read_bytes()
        content = whole[:place] + put + whole[place + len(put) :]
    try:
        vocabulary = VocabularyFile.parse(content)
    except ValueError:
        return
    assert vocabulary.pieces


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "content", "normalizers", "special", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("model", "added_tokens", "normalizer"), JSON)), JSON, JSON)
def test_fuzzed_tokenizer_json_is_refused_or_read(tmp_path_factory: Any, content: Any, vocab: Any, unk: Any) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "tokenizer.json"
    content.setdefault("model", {"type": "Unigram", "vocab": vocab, "unk_id": unk})
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="cannot be used") if not _reads(path) else _nothing():
        TokenizerJson.read(path)


def _reads(path: Path) -> bool:
    try:
        TokenizerJson.read(path)
    except ValueError:
        return False
    return True


def _nothing() -> Any:
    from contextlib import nullcontext

    return nullcontext()
