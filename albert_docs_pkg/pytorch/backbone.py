"""AlbertModel, the encoder with its embeddings and pooler, and what every model with a head has in common."""

from __future__ import annotations

from typing import Any, TypeVar

from torch import Tensor, nn

from albert_docs_pkg.call_arguments import documents_inputs
from albert_docs_pkg.checkpoints.names import ENCODER_PREFIX
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HeadSpec, classifier_dropout
from albert_docs_pkg.model_output import ModelOutput
from albert_docs_pkg.pytorch.attention import additive_mask
from albert_docs_pkg.pytorch.embeddings import AlbertEmbeddings
from albert_docs_pkg.pytorch.encoder import AlbertTransformer
from albert_docs_pkg.pytorch.outputs import AlbertModelOutput
from albert_docs_pkg.pytorch.packing import Packing, can_pack
from albert_docs_pkg.pytorch.pretrained import AlbertPreTrainedModel
from albert_docs_pkg.pytorch.validation import check_shapes, check_values

Output = TypeVar("Output", bound=ModelOutput)


class AlbertModel(AlbertPreTrainedModel):
    """The encoder: states of every token, and one pooled vector per sequence.

    Args:
        config: the model's sizes.
        add_pooling_layer: build the pooler (a linear layer and tanh on the first token's state).

    Example:
        >>> from albert_docs_pkg import AlbertModel, AlbertTokenizer
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> model = AlbertModel.from_pretrained("albert-wordnet-nano")
        >>> output = model(**tokenizer("a large body of water", return_tensors="pt"))
        >>> output.pooler_output.shape == (1, model.config.hidden_size)
        True
    """

    def __init__(self, config: AlbertConfig, add_pooling_layer: bool = True) -> None:
        super().__init__(config)
        self.embeddings = AlbertEmbeddings(config)
        self.encoder = AlbertTransformer(config)
        self.pooler = nn.Linear(config.hidden_size, config.hidden_size) if add_pooling_layer else None
        self.pooler_activation = nn.Tanh()
        self.init_weights()

    @documents_inputs
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        validate: bool = False,
    ) -> AlbertModelOutput | tuple[Any, ...]:
        """Encode a batch.

        Args:

        Returns:
            ``last_hidden_state`` of shape (batch, length, hidden_size), ``pooler_output`` of shape (batch,
            hidden_size), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> import torch
            >>> model(torch.tensor([[2, 5, 3]]), output_hidden_states=True).keys()
            ['last_hidden_state', 'pooler_output', 'hidden_states']
        """
        config = self.config
        check_shapes(config, input_ids, inputs_embeds, attention_mask, token_type_ids, position_ids)
        if validate:
            check_values(config, input_ids, attention_mask, token_type_ids, position_ids)
        embeddings = self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds)
        wants_attentions = config.output_attentions if output_attentions is None else output_attentions
        wants_states = config.output_hidden_states if output_hidden_states is None else output_hidden_states
        if config.attn_implementation == "packed" and can_pack(attention_mask, wants_attentions):
            packing = Packing.of(attention_mask, embeddings.device)  # type: ignore[arg-type]
            encoded = self.encoder(packing.pack(embeddings), packing, output_hidden_states=wants_states)
            encoded = encoded.padded(packing.pad)
        else:
            mask = additive_mask(attention_mask, embeddings.dtype)
            encoded = self.encoder(embeddings, mask, wants_attentions, wants_states, config.attn_implementation)
        states = encoded.last_hidden_state
        pooled = None if self.pooler is None else self.pooler_activation(self.pooler(states[:, 0]))
        return _returned(
            self, return_dict, AlbertModelOutput(states, pooled, encoded.hidden_states, encoded.attentions)
        )


class AlbertHeadModel(AlbertPreTrainedModel):
    """The encoder under ``albert`` and what the table of heads puts on top; base of the six classes below."""

    spec: HeadSpec
    classifier: nn.Linear
    qa_outputs: nn.Linear

    def __init__(self, config: AlbertConfig) -> None:
        super().__init__(config)
        self.albert = AlbertModel(config, add_pooling_layer=self.spec.pooler)
        if self.spec.projection is not None:
            setattr(self, self.spec.projection, nn.Linear(config.hidden_size, self.spec.output_width(config)))
        self.dropout = nn.Dropout(classifier_dropout(config) if self.spec.dropout else 0.0)
        self._add_rooms(config)
        self.tie_weights()
        self._initialise({name for name, _ in self.named_parameters() if not name.startswith(ENCODER_PREFIX)})

    def _add_rooms(self, config: AlbertConfig) -> None:
        """Add modules that are more than a projection."""

    def _answer(self, output: Output, return_dict: bool | None) -> Output | tuple[Any, ...]:
        return _returned(self, return_dict, output)


def _returned(model: AlbertPreTrainedModel, return_dict: bool | None, output: Output) -> Output | tuple[Any, ...]:
    wanted = model.config.return_dict if return_dict is None else return_dict
    return output if wanted else output.to_tuple()
