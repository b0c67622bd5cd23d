"""Token classification: a text to labelled tokens, words or groups of words, with their characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from albert_docs_pkg.pipelines.batching import Row
from albert_docs_pkg.pipelines.options import Options, check_choice, check_count, check_flag
from albert_docs_pkg.pipelines.spans import strided, trimmed, whole_characters
from albert_docs_pkg.pipelines.task_pipeline import Pipeline, check_text, softmax
from albert_docs_pkg.tokenizers.batch_encoding import TokenDetail


@dataclass(frozen=True, kw_only=True)
class TokenClassificationOptions(Options):
    """Settings of :class:`~albert_docs_pkg.TokenClassificationPipeline`.

    Args:
        aggregation_strategy: ``"none"`` labels tokens. The others make groups of neighbours with the same label:
            ``"simple"`` of tokens; ``"first"``, ``"average"`` and ``"max"`` of words, each of which has the label of
            its first token, that of the mean of its tokens' scores, or that of its surest token.
        ignore_labels: labels that are left out.
        merge_neighbours: make one group of neighbours with the same label; ``False`` keeps each word alone.
        stride: tokens that neighbouring windows of a long text share; a quarter of a window when absent.
        is_split_into_words: an input is a list of words.
        batch_size: most windows that go through the model at once.

    Example:
        >>> from albert_docs_pkg.pipelines import TokenClassificationOptions
        >>> TokenClassificationOptions(aggregation_strategy="last")
        Traceback (most recent call last):
        ...
        ValueError: aggregation_strategy must be one of 'none', 'simple', 'first', 'average', 'max', got 'last'
    """

    aggregation_strategy: str = "none"
    ignore_labels: Sequence[str] = ("O",)
    merge_neighbours: bool = True
    stride: int | None = None
    is_split_into_words: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        strategies = ("none", "simple", "first", "average", "max")
        check_choice("aggregation_strategy", self.aggregation_strategy, strategies)
        labels = self.ignore_labels
        if isinstance(labels, str) or not all(isinstance(label, str) for label in labels):
            raise ValueError(f"ignore_labels must be a list of labels, got {labels!r}")
        check_flag("merge_neighbours", self.merge_neighbours)
        check_count("stride", self.stride, least=0, optional=True)
        check_flag("is_split_into_words", self.is_split_into_words)


class _Item(NamedTuple):
    text: str
    words: list[str] | None
    where: str


@dataclass(frozen=True)
class _Tokens:
    """A text cut into tokens, and these into windows that start at ``starts``."""

    text: str
    tokens: Sequence[TokenDetail]
    starts: Sequence[int]
    rows: Sequence[Row]


class _Part(NamedTuple):
    """Neighbouring tokens ``first`` to ``last`` (exclusive) with one label."""

    first: int
    last: int
    label: str
    score: float


class TokenClassificationPipeline(Pipeline):
    """Label the tokens of texts. An input is a string, or a list of words with ``is_split_into_words=True``.

    The answer is a list of dictionaries in the order of the text: ``{"entity", "score", "index", "word", "start",
    "end"}`` for tokens, ``{"entity_group", "score", "word", "start", "end"}`` for groups, whose label has lost its
    ``B-`` or ``I-``. ``text[start:end]`` is what was labelled; of words given as a list, the text is the words with
    one space between them. A text longer than the model is read in windows that overlap: each token takes its scores
    from the window where it has most around it.

    Args:
        model: name or folder of a fine-tuned checkpoint, or a model with a token classification head.
        tokenizer: a tokenizer or where to load one from; that of the checkpoint when ``None``.
        framework: ``"pt"``, ``"tf"`` or ``"flax"``.
        device: where to compute; where the model is when ``None``.
        **options: fields of :class:`~albert_docs_pkg.pipelines.TokenClassificationOptions`, for all calls;
            a call can set them too.

    Raises:
        ValueError: the checkpoint has no trained head for tokens.

    Example:
        >>> from albert_docs_pkg import AlbertForTokenClassification, AlbertTokenizerFast
        >>> from albert_docs_pkg.pipelines import TokenClassificationPipeline
        >>> name = "albert-wordnet-nano"
        >>> model = AlbertForTokenClassification.from_pretrained(name, id2label={0: "noun", 1: "verb"})
        >>> tagger = TokenClassificationPipeline(model, AlbertTokenizerFast.from_pretrained(name))
        >>> words = tagger("The lion roared.", aggregation_strategy="first", merge_neighbours=False)
        >>> ["The lion roared."[word["start"]:word["end"]] for word in words]
        ['The', 'lion', 'roared', '.']
    """

    task = "token-classification"
    heads = ("ForTokenClassification",)
    scores = "tokens"
    options_class = TokenClassificationOptions

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """Label the tokens of one text, a list, or a generator of texts.

        Args:
            inputs: a string, or a list of words; a list of either; or a generator.
            **options: fields of :class:`~albert_docs_pkg.pipelines.TokenClassificationOptions`.

        Returns:
            A list of dictionaries for a text, in its order. Many inputs give a list of that, a generator a
            generator.

        Raises:
            TypeError: an input of another kind, or an unknown option.
            ValueError: a text is empty, or ``stride`` leaves a window no room to move on.

        Example:
            >>> sorted(tagger(["The", "lion"], is_split_into_words=True)[0])
            ['end', 'entity', 'index', 'score', 'start', 'word']
        """
        return super().__call__(inputs, **options)

    @property
    def _room(self) -> int:
        return self.max_length - self.tokenizer.num_special_tokens_to_add()

    def _check(self, options: Any) -> None:
        if options.stride is not None and options.stride >= self._room:
            raise ValueError(f"stride must be below the {self._room} tokens of a window, got {options.stride}")

    def _is_one(self, inputs: Any, options: Any) -> bool:
        if not options.is_split_into_words:
            return isinstance(inputs, str)
        return isinstance(inputs, list | tuple) and bool(inputs) and isinstance(inputs[0], str)

    def _expected(self, options: Any) -> str:
        return "a list of words" if options.is_split_into_words else "a string"

    def _read(self, item: Any, where: str, options: Any) -> _Item:
        if not options.is_split_into_words:
            return _Item(check_text(item, where), None, where)
        if not isinstance(item, list | tuple):
            raise TypeError(f"{where} must be a list of words, got {type(item).__name__}")
        if not item:
            raise ValueError(f"{where} must have some words, got an empty list")
        words = [check_text(word, f"{where}[{place}]") for place, word in enumerate(item)]
        return _Item(" ".join(words), words, where)

    def _encode(self, items: list[_Item], options: Any) -> list[_Tokens]:
        if options.is_split_into_words:
            encoding = self.tokenizer(
                [item.words for item in items], is_split_into_words=True, add_special_tokens=False
            )
        else:
            encoding = self.tokenizer([item.text for item in items], add_special_tokens=False)
        return [
            self._windows(item, list(tokens), options) for item, tokens in zip(items, encoding.encodings, strict=True)
        ]

    def _windows(self, item: _Item, tokens: list[TokenDetail], options: Any) -> _Tokens:
        if not tokens:
            raise ValueError(f"{item.where} must have some text, got {item.text!r}, which leaves no token")
        if item.words is not None:
            begins = np.cumsum([0, *(len(word) + 1 for word in item.words)]).tolist()
            tokens = [
                token._replace(start=token.start + begins[token.word or 0], end=token.end + begins[token.word or 0])
                for token in tokens
            ]
        overlap = self._room // 4 if options.stride is None else options.stride
        parts = list(strided(len(tokens), self._room, overlap))
        cls, sep = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        ids = [token.id for token in tokens]
        rows = [Row([cls, *ids[part], sep], [0] * (part.stop - part.start + 2)) for part in parts]
        return _Tokens(item.text, tokens, [part.start for part in parts], rows)

    def _answer(self, example: _Tokens, results: list[np.ndarray], options: Any) -> list[dict[str, Any]]:
        scores = softmax(_joined(example, [scores[1:-1] for scores in results]).astype(np.float64))
        ignored = set(options.ignore_labels)
        strategy = options.aggregation_strategy
        if strategy == "none":
            parts = list(self._labelled([(place, place + 1) for place in range(len(scores))], scores, strategy))
            return [self._entity(example, part) for part in parts if part.label not in ignored]
        units = [(place, place + 1) for place in range(len(scores))] if strategy == "simple" else _words(example.tokens)
        groups = _grouped(list(self._labelled(units, scores, strategy)), options.merge_neighbours)
        # A group of ignored labels still parts its neighbours, so it is dropped last.
        kept = [part for part in groups if part.label not in ignored and _tag(part.label)[1] not in ignored]
        return [self._group(example, part) for part in kept]

    def _labelled(self, units: Sequence[tuple[int, int]], scores: np.ndarray, strategy: str) -> Iterator[_Part]:
        labels = self.runner.config.id2label
        for first, last in units:
            own = scores[first:last]
            if strategy == "average":
                chosen = own.mean(axis=0)
            else:
                chosen = own[own.max(axis=1).argmax()] if strategy == "max" else own[0]
            index = int(chosen.argmax())
            yield _Part(first, last, labels[index], float(chosen[index]))

    def _entity(self, example: _Tokens, part: _Part) -> dict[str, Any]:
        token = example.tokens[part.first]
        start, end = _shown(example.text, token.start, token.end)
        index = part.first + 1  # as in a single row, where [CLS] is token 0
        return {
            "entity": part.label,
            "score": part.score,
            "index": index,
            "word": token.token,
            "start": start,
            "end": end,
        }

    def _group(self, example: _Tokens, part: _Part) -> dict[str, Any]:
        tokens = example.tokens[part.first : part.last]
        start, end = _shown(example.text, tokens[0].start, tokens[-1].end)
        return {
            "entity_group": _tag(part.label)[1],
            "score": part.score,
            "word": self.tokenizer.convert_tokens_to_string([token.token for token in tokens]),
            "start": start,
            "end": end,
        }


def _shown(text: str, start: int, end: int) -> tuple[int, int]:
    return whole_characters(text, *trimmed(text, start, end))


def _joined(example: _Tokens, bodies: Sequence[np.ndarray]) -> np.ndarray:
    """Return the scores of every token, each from the window where it is farthest from a cut."""
    if len(bodies) == 1:
        return bodies[0]
    count = len(example.tokens)
    chosen = np.empty((count, bodies[0].shape[1]), bodies[0].dtype)
    margin = np.full(count, -1)
    for start, body in zip(example.starts, bodies, strict=True):
        place = np.arange(len(body))
        # The ends of the text are no cuts.
        left = place if start else np.full(len(body), count)
        right = len(body) - 1 - place if start + len(body) < count else np.full(len(body), count)
        own = np.minimum(left, right)
        better = np.flatnonzero(own > margin[start : start + len(body)])
        chosen[start + better] = body[better]
        margin[start + better] = own[better]
    return chosen


def _words(tokens: Sequence[TokenDetail]) -> list[tuple[int, int]]:
    """Return the tokens of each word as first and last (exclusive)."""
    begins = [place for place in range(len(tokens)) if not place or tokens[place].word != tokens[place - 1].word]
    return list(zip(begins, [*begins[1:], len(tokens)], strict=True))


def _grouped(parts: Sequence[_Part], merge: bool) -> list[_Part]:
    """Join neighbours with the same label; one that begins with ``B-`` starts a group of its own."""
    groups: list[list[_Part]] = []
    for part in parts:
        begins, tag = _tag(part.label)
        if merge and groups and tag == _tag(groups[-1][-1].label)[1] and not begins:
            groups[-1].append(part)
        else:
            groups.append([part])
    return [
        _Part(group[0].first, group[-1].last, group[0].label, float(np.mean([part.score for part in group])))
        for group in groups
    ]


def _tag(label: str) -> tuple[bool, str]:
    """Return whether a label says that a group begins, and the label without ``B-`` or ``I-``."""
    return label.startswith("B-"), label[2:] if label.startswith(("B-", "I-")) else label
