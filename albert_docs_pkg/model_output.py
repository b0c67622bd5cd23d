"""ModelOutput: the named fields a model returns, readable as attributes, as keys, or as a tuple."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any


class ModelOutput:
    """Base of all output classes; a field that is ``None`` is left out of keys, length, items and tuple.

    Subclasses are dataclasses whose fields all default to ``None``.

    Example:
        >>> from dataclasses import dataclass
        >>> from albert_docs_pkg.model_output import ModelOutput
        >>> @dataclass
        ... class Scores(ModelOutput):
        ...     loss: float | None = None
        ...     logits: list[float] | None = None
        >>> output = Scores(logits=[0.5, 0.1])
        >>> output.logits is output["logits"] is output[0]
        True
        >>> list(output)
        ['logits']
    """

    def keys(self) -> list[str]:
        """Return the names of the fields that are not ``None``, in order.

        Example:
            >>> output.keys()
            ['logits']
        """
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]  # type: ignore[arg-type]

    def values(self) -> list[Any]:
        """Return the fields that are not ``None``, in order.

        Example:
            >>> output.values()
            [[0.5, 0.1]]
        """
        return [getattr(self, name) for name in self.keys()]

    def items(self) -> list[tuple[str, Any]]:
        """Return name and value of the fields that are not ``None``, in order.

        Example:
            >>> dict(output.items())
            {'logits': [0.5, 0.1]}
        """
        return [(name, getattr(self, name)) for name in self.keys()]

    def to_tuple(self) -> tuple[Any, ...]:
        """Return the fields that are not ``None`` as a tuple, what a call with ``return_dict=False`` gives.

        Example:
            >>> output.to_tuple()
            ([0.5, 0.1],)
        """
        return tuple(self.values())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field ``name``, or ``default`` where there is none or it is ``None``.

        Example:
            >>> output.get("loss", 0.0)
            0.0
        """
        return getattr(self, name) if name in self else default

    def __getitem__(self, key: str | int | slice) -> Any:
        if not isinstance(key, str):
            return self.to_tuple()[key]
        if key not in self:
            raise KeyError(
                f"{key!r} is not set; this {type(self).__name__} has {', '.join(self.keys()) or 'no fields'}"
            )
        return getattr(self, key)

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())
