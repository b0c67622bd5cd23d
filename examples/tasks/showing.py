"""Use what a script saved as any other program would: load the folder in a pipeline and print a few answers."""

from __future__ import annotations

from typing import Any

from albert_docs_pkg import pipeline
from examples.tasks.task import Task


def show(task: Task, framework: str, count: int = 5) -> None:
    """Print what the saved model answers to the first records of the validation split.

    Args:
        task: whose ``--output_dir`` holds the model.
        framework: ``"pytorch"``, ``"tensorflow"`` or ``"flax"``, which loads it.
        count: number of records.
    """
    answering = pipeline(
        "fill-mask" if task.name == "masked-language-modeling" else task.name,
        task.options.output_dir,
        framework=framework,
    )
    for line in _LINES[task.name](answering, task, count):
        print(line)


def _categories(answering: Any, task: Any, count: int) -> list[str]:
    texts = task.texts["validation"][:count]
    best = [answer[0] if isinstance(answer, list) else answer for answer in answering(texts, truncation=True)]
    return [f"{each['score']:6.1%} {each['label']:<20} {text[:80]}" for each, text in zip(best, texts, strict=True)]


def _words(answering: Any, task: Any, count: int) -> list[str]:
    sentences = [list(words) for words in task.words["validation"][:count]]
    answers = answering(
        sentences, is_split_into_words=True, aggregation_strategy="first", merge_neighbours=False, ignore_labels=[]
    )
    return [" ".join(f"{each['word']}/{each['entity_group']}" for each in answer) for answer in answers]


def _pieces(answering: Any, task: Any, count: int) -> list[str]:
    starts = [text.rpartition(" ")[0] for text in task.texts["validation"][:count] if " " in text]
    masked = [f"{start} {task.tokenizer.mask_token}" for start in starts]
    guesses = answering(masked, top_k=3)
    return [
        f"{text[-70:]}: {', '.join(guess['token_str'] for guess in best)}"
        for text, best in zip(masked, guesses, strict=True)
    ]


def _spans(answering: Any, task: Any, count: int) -> list[str]:
    questions, contexts = task.questions["validation"][:count], task.contexts["validation"][:count]
    records = [{"question": q, "context": c} for q, c in zip(questions, contexts, strict=True)]
    return [
        f"{record['question']} {found['answer']}" for record, found in zip(records, answering(records), strict=True)
    ]


def _choices(answering: Any, task: Any, count: int) -> list[str]:
    questions, choices = task.questions["validation"][:count], task.choices["validation"][:count]
    records = [{"question": q, "choices": list(c)} for q, c in zip(questions, choices, strict=True)]
    return [
        f"{found['score']:6.1%} {found['choice']:<20} of {', '.join(record['choices'])}: {record['question'][:60]}"
        for record, (found, *_) in zip(records, answering(records), strict=True)
    ]


_LINES = {
    "text-classification": _categories,
    "token-classification": _words,
    "masked-language-modeling": _pieces,
    "question-answering": _spans,
    "multiple-choice": _choices,
}
