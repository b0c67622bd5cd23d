"""The bundled data: five task sets and a pretraining text, made from WordNet 3.0."""

from albert_docs_pkg.wordnet.datasets import TASKS, Dataset, load_dataset
from albert_docs_pkg.wordnet.splits import SPLITS, load_pretraining_text

__all__ = ["SPLITS", "TASKS", "Dataset", "load_dataset", "load_pretraining_text"]
