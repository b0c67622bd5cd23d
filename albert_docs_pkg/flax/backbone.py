"""FlaxAlbertModel, the encoder with its embeddings and pooler, and what every model with a head has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.flax.attention import broadcast_mask
from albert_docs_pkg.flax.call_arguments import documents_inputs
from albert_docs_pkg.flax.embeddings import FlaxAlbertEmbeddings
from albert_docs_pkg.flax.encoder import FlaxAlbertTransformer
from albert_docs_pkg.flax.heads import FlaxAlbertMLMHead, FlaxAlbertSOPHead, cross_entropy, sequence_loss, span_loss
from albert_docs_pkg.flax.outputs import (
    FlaxAlbertForPreTrainingOutput,
    FlaxAlbertModelOutput,
    LogitsOutput,
    QuestionAnsweringOutput,
)
from albert_docs_pkg.flax.pretrained import PLAIN, FlaxAlbertPreTrainedModel, Switches
from albert_docs_pkg.flax.validation import check_labels
from albert_docs_pkg.heads import HEADS, HeadSpec, classifier_dropout
from albert_docs_pkg.model_output import ModelOutput


class FlaxAlbertModule(nn.Module):
    """Embeddings, encoder and pooler as one linen module; :class:`FlaxAlbertModel` is its public face.

    Args:
        config: the model's sizes.
        dtype: dtype of the computation.
        add_pooling_layer: build the pooler.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from albert_docs_pkg import AlbertConfig
        >>> from albert_docs_pkg.flax.backbone import FlaxAlbertModule
        >>> small = AlbertConfig(vocab_size=50, hidden_size=8, num_attention_heads=2, intermediate_size=16)
        >>> module = FlaxAlbertModule(small, add_pooling_layer=False)
        >>> sorted(module.init(jax.random.key(0), jnp.array([[2, 5, 3]]))["params"])
        ['embeddings', 'encoder']
    """

    config: AlbertConfig
    dtype: Any = jnp.float32
    add_pooling_layer: bool = True

    def setup(self) -> None:
        """Declare embeddings, encoder and pooler."""
        config = self.config
        self.embeddings = FlaxAlbertEmbeddings(config, self.dtype)
        self.encoder = FlaxAlbertTransformer(config, self.dtype)
        if self.add_pooling_layer:
            draw = nn.initializers.normal(config.initializer_range)
            self.pooler = nn.Dense(config.hidden_size, dtype=self.dtype, kernel_init=draw)

    def __call__(
        self,
        input_ids: Array | None = None,
        attention_mask: Array | None = None,
        token_type_ids: Array | None = None,
        position_ids: Array | None = None,
        inputs_embeds: Array | None = None,
        switches: Switches = PLAIN,
    ) -> FlaxAlbertModelOutput:
        """Encode a batch; the arguments are those of the model, and ``switches`` what it was compiled for."""
        deterministic = switches.deterministic
        encoded = self.encoder(
            self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds, deterministic),
            broadcast_mask(attention_mask),
            switches.output_attentions,
            switches.output_hidden_states,
            switches.implementation,
            deterministic,
            switches.recompute,
        )
        states: Any = encoded.last_hidden_state
        pooled = jnp.tanh(self.pooler(states[:, 0])) if self.add_pooling_layer else None
        return FlaxAlbertModelOutput(states, pooled, encoded.hidden_states, encoded.attentions)


class FlaxAlbertModel(FlaxAlbertPreTrainedModel):
    """The encoder: states of every token, and one pooled vector per sequence.

    Args:
        config: the model's sizes.
        input_shape: shape of the inputs that initial parameters are made with; any will do.
        seed: of the initial parameters.
        dtype: dtype of the computation; the parameters are float32.
        _do_init: make initial parameters.
        add_pooling_layer: build the pooler (a linear layer and tanh on the first token's state).

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer, FlaxAlbertModel
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> model = FlaxAlbertModel.from_pretrained("albert-wordnet-nano")
        >>> output = model(**tokenizer("a large body of water", return_tensors="np"))
        >>> output.pooler_output.shape == (1, model.config.hidden_size)
        True
    """

    def __init__(
        self,
        config: AlbertConfig,
        input_shape: tuple[int, ...] = (1, 1),
        seed: int = 0,
        dtype: Any = jnp.float32,
        _do_init: bool = True,
        add_pooling_layer: bool = True,
    ) -> None:
        super().__init__(config, input_shape, seed, dtype, _do_init, add_pooling_layer=add_pooling_layer)

    def _module(self, **options: Any) -> nn.Module:
        return FlaxAlbertModule(self.config, self.dtype, **options)

    @documents_inputs
    def __call__(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        position_ids: Any = None,
        params: Any = None,
        dropout_rng: Array | None = None,
        train: bool = False,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        inputs_embeds: Any = None,
        validate: bool | None = None,
    ) -> FlaxAlbertModelOutput | tuple[Any, ...]:
        """Encode a batch.

        Args:

        Returns:
            ``last_hidden_state`` of shape (batch, length, hidden_size), ``pooler_output`` of shape (batch,
            hidden_size), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> import jax.numpy as jnp
            >>> model(jnp.array([[2, 5, 3]]), output_hidden_states=True).keys()
            ['last_hidden_state', 'pooler_output', 'hidden_states']
        """
        return self._run(
            (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds),
            {},
            params,
            dropout_rng,
            train,
            output_attentions,
            output_hidden_states,
            return_dict,
            validate,
        )


class FlaxAlbertHeadModule(nn.Module):
    """The encoder under ``albert`` and what the table of heads puts on top, with the head's loss.

    Args:
        config: the model's sizes.
        head: key of the table of heads.
        dtype: dtype of the computation.

    Example:
        >>> from albert_docs_pkg.flax.backbone import FlaxAlbertHeadModule
        >>> module = FlaxAlbertHeadModule(small, "ForQuestionAnswering")
        >>> sorted(module.init(jax.random.key(0), jnp.array([[2, 5, 3]]))["params"])
        ['albert', 'qa_outputs']
    """

    config: AlbertConfig
    head: str
    dtype: Any = jnp.float32

    def setup(self) -> None:
        """Declare the encoder and the rooms of the head."""
        config, spec = self.config, HEADS[self.head]
        self.albert = FlaxAlbertModule(config, self.dtype, add_pooling_layer=spec.pooler)
        if spec.projection is not None:
            draw = nn.initializers.normal(config.initializer_range)
            width = spec.output_width(config)
            setattr(self, spec.projection, nn.Dense(width, dtype=self.dtype, kernel_init=draw))
        else:
            self.predictions = FlaxAlbertMLMHead(config, self.dtype)
        if spec.loss == "pretraining":
            self.sop_classifier = FlaxAlbertSOPHead(config, self.dtype)
        self.dropout = nn.Dropout(classifier_dropout(config) if spec.dropout else 0.0)

    def __call__(
        self,
        input_ids: Array | None = None,
        attention_mask: Array | None = None,
        token_type_ids: Array | None = None,
        position_ids: Array | None = None,
        inputs_embeds: Array | None = None,
        switches: Switches = PLAIN,
        **labels: Array | None,
    ) -> ModelOutput:
        """Score a batch, with the loss of whichever labels are given; see the model of the head."""
        inputs = (input_ids, attention_mask, token_type_ids, position_ids, inputs_embeds)
        encoded: Any = self.albert(*inputs, switches)
        extras = (encoded.hidden_states, encoded.attentions)
        given = {name: label for name, label in labels.items() if label is not None}
        spec = HEADS[self.head]
        logits = self._scores(spec, encoded, switches.deterministic)
        loss = None
        if spec.loss == "pretraining":
            sop_logits = self.sop_classifier(encoded.pooler_output, switches.deterministic)
            losses = [cross_entropy(logits, given["labels"])] if "labels" in given else []
            if "sentence_order_label" in given:
                losses.append(cross_entropy(sop_logits, given["sentence_order_label"].reshape(-1)))
            loss = sum(losses[1:], losses[0]) if losses else None
            return FlaxAlbertForPreTrainingOutput(loss, logits, sop_logits, *extras)
        if spec.loss == "span":
            start_logits, end_logits = logits[..., 0], logits[..., 1]
            if given:
                loss = span_loss(start_logits, end_logits, given["start_positions"], given["end_positions"])
            return QuestionAnsweringOutput(loss, start_logits, end_logits, *extras)
        if spec.loss == "choice":
            logits = logits.reshape(-1, switches.choices)
        if given:
            target = given["labels"]
            if spec.loss == "sequence":
                loss = sequence_loss(logits, target, switches.problem_type)
            else:
                loss = cross_entropy(logits, target.reshape(-1) if spec.loss == "choice" else target)
        return LogitsOutput(loss, logits, *extras)

    def _scores(self, spec: HeadSpec, encoded: Any, deterministic: bool) -> Array:
        if spec.projection is None:
            return self.predictions(encoded.last_hidden_state, self.albert.embeddings.word_embeddings.embedding)
        read = encoded.pooler_output if spec.pooler else encoded.last_hidden_state
        return getattr(self, spec.projection)(self.dropout(read, deterministic=deterministic))


class FlaxAlbertHeadModel(FlaxAlbertPreTrainedModel):
    """Base of the six models with a head."""

    head: str

    @property
    def spec(self) -> HeadSpec:
        """The entry of this head in the table of heads."""
        return HEADS[self.head]

    def _module(self, **options: Any) -> nn.Module:
        return FlaxAlbertHeadModule(self.config, self.head, self.dtype, **options)

    def _check_labels(self, labels: Mapping[str, Any], choices: int, validate: bool | None) -> None:
        config, loss = self.config, self.spec.loss
        if loss == "sequence" and (config.problem_type == "regression" or config.num_labels == 1):
            return
        if loss == "span":
            # An answer outside the sequence is left out of the loss; half an answer is a mistake.
            if len({label is None for label in labels.values()}) > 1:
                raise ValueError("give both start_positions and end_positions, or neither")
            return
        pieces = self.spec.projection is None
        classes = choices if loss == "choice" else config.vocab_size if pieces else config.num_labels
        for name, label in labels.items():
            check_labels(name, label, 2 if name == "sentence_order_label" else classes, validate)

    def _dropout_rates(self) -> tuple[float, ...]:
        rates = super()._dropout_rates()
        return (*rates, classifier_dropout(self.config)) if self.spec.dropout else rates
