"""TFAlbertModel, the encoder with its embeddings and pooler, and what every model with a head has in common."""

from __future__ import annotations

from typing import Any, TypeVar

import keras
import tensorflow as tf
from tensorflow import Tensor

from albert_docs_pkg.checkpoints.names import ENCODER_PREFIX
from albert_docs_pkg.configuration import AlbertConfig
from albert_docs_pkg.heads import HeadSpec, classifier_dropout
from albert_docs_pkg.model_output import ModelOutput
from albert_docs_pkg.tensorflow.attention import additive_mask
from albert_docs_pkg.tensorflow.call_arguments import documents_inputs
from albert_docs_pkg.tensorflow.embeddings import AlbertEmbeddings
from albert_docs_pkg.tensorflow.encoder import AlbertTransformer
from albert_docs_pkg.tensorflow.layers import dense
from albert_docs_pkg.tensorflow.outputs import AlbertModelOutput
from albert_docs_pkg.tensorflow.pretrained import TFAlbertPreTrainedModel

Output = TypeVar("Output", bound=ModelOutput)


@keras.saving.register_keras_serializable("albert_docs_pkg")
class TFAlbertModel(TFAlbertPreTrainedModel):
    """The encoder: states of every token, and one pooled vector per sequence.

    Args:
        config: the model's sizes.
        add_pooling_layer: build the pooler (a linear layer and tanh on the first token's state).
        **options: ``dtype`` and ``name`` as for any Keras model.

    Example:
        >>> from albert_docs_pkg import AlbertTokenizer, TFAlbertModel
        >>> tokenizer = AlbertTokenizer.from_pretrained("albert-wordnet-nano")
        >>> model = TFAlbertModel.from_pretrained("albert-wordnet-nano")
        >>> output = model(tokenizer("a large body of water", return_tensors="tf"))
        >>> output.pooler_output.shape == (1, model.config.hidden_size)
        True
    """

    def __init__(self, config: AlbertConfig, add_pooling_layer: bool = True, **options: Any) -> None:
        super().__init__(config, **options)
        policy = self.dtype_policy
        self.embeddings = AlbertEmbeddings(config, dtype=policy, name="embeddings")
        self.encoder = AlbertTransformer(config, dtype=policy, name="encoder")
        self.pooler = None
        if add_pooling_layer:
            self.pooler = dense(config.hidden_size, config.hidden_size, policy, name="pooler")
        self.built = True
        self._draw_own(set(self.named_variables()))

    @documents_inputs
    def call(
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
        training: bool | None = None,
    ) -> AlbertModelOutput | tuple[Any, ...]:
        """Encode a batch.

        Args:

        Returns:
            ``last_hidden_state`` of shape (batch, length, hidden_size), ``pooler_output`` of shape (batch,
            hidden_size), ``hidden_states`` and ``attentions`` where asked for.

        Example:
            >>> import tensorflow as tf
            >>> model(tf.constant([[2, 5, 3]]), output_hidden_states=True).keys()
            ['last_hidden_state', 'pooler_output', 'hidden_states']
        """
        config = self.config
        encoded = self.encoder(
            self.embeddings(
                input_ids,
                token_type_ids=token_type_ids,
                position_ids=position_ids,
                inputs_embeds=inputs_embeds,
                training=training,
            ),
            score_mask=additive_mask(attention_mask, self.compute_dtype),
            output_attentions=config.output_attentions if output_attentions is None else output_attentions,
            output_hidden_states=config.output_hidden_states if output_hidden_states is None else output_hidden_states,
            training=training,
        )
        states = encoded.last_hidden_state
        pooled = None if self.pooler is None else tf.tanh(self.pooler(states[:, 0]))
        output = AlbertModelOutput(states, pooled, encoded.hidden_states, encoded.attentions)
        return _returned(self, return_dict, output)

    def get_config(self) -> dict[str, Any]:
        """Return what Keras writes into a ``.keras`` file to build the model again.

        Example:
            >>> model.get_config()["add_pooling_layer"]
            True
        """
        return super().get_config() | {"add_pooling_layer": self.pooler is not None}


class TFAlbertHeadModel(TFAlbertPreTrainedModel):
    """The encoder under ``albert`` and what the table of heads puts on top; base of the six classes below."""

    spec: HeadSpec

    def __init__(self, config: AlbertConfig, **options: Any) -> None:
        super().__init__(config, **options)
        policy = self.dtype_policy
        self.albert = TFAlbertModel(config, add_pooling_layer=self.spec.pooler, dtype=policy, name="albert")
        if self.spec.projection is not None:
            width, name = self.spec.output_width(config), self.spec.projection
            setattr(self, name, dense(config.hidden_size, width, policy, name=name))
        self.dropout = keras.layers.Dropout(classifier_dropout(config) if self.spec.dropout else 0.0, dtype=policy)
        self._add_rooms(config)
        self.built = True
        self._draw_own({name for name in self.named_variables() if not name.startswith(ENCODER_PREFIX)})

    def _add_rooms(self, config: AlbertConfig) -> None:
        """Add layers that are more than a projection."""

    def _tied_matrix(self) -> Tensor | None:
        return tf.convert_to_tensor(self.albert.embeddings.word_embeddings.weight)

    def _answer(self, output: Output, return_dict: bool | None) -> Output | tuple[Any, ...]:
        return _returned(self, return_dict, output)


def _returned(model: TFAlbertPreTrainedModel, return_dict: bool | None, output: Output) -> Output | tuple[Any, ...]:
    wanted = model.config.return_dict if return_dict is None else return_dict
    return output if wanted else output.to_tuple()
