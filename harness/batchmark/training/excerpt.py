"""The part of a workload's data on which a loop is held against ``fit``: few steps, batches that differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from batchmark.training.examples import Examples, InMemory, Pipeline, batch_length

EPOCHS = 2
"""So that what happens between epochs happens once."""
_FULL_BATCHES = 4
_LARGEST_BATCH = 64
# Of a pipeline: the first ones, and those whose shapes are new, up to so many, and the last one.
_FIRST_BATCHES, _MOST_BATCHES = 3, 8


@dataclass(frozen=True)
class Excerpt:
    """Some batches, each epoch the same ones in the same order, the last one smaller."""

    data: Examples
    batch_size: int
    steps: int
    """In all epochs together."""


def excerpt_of(train: Examples, reference_batch_size: int) -> Excerpt:
    """Return four full batches and a partial one, of examples from all over `train`; of a pipeline, batches of its own.

    A pipeline is gone through once: its batches may differ in shape anywhere.
    """
    if isinstance(train, Pipeline):
        return _of_pipeline(train, reference_batch_size)
    size = min(reference_batch_size, _LARGEST_BATCH)
    if train.examples < 3 * size:
        size = max(1, train.examples // _FULL_BATCHES)
    count = min(train.examples, _FULL_BATCHES * size + size // 2)
    data = train.at(np.unique(np.linspace(0, train.examples - 1, count).round().astype(int)))
    return Excerpt(data, size, EPOCHS * -(-data.examples // size))


def _of_pipeline(train: Pipeline, batch_size: int) -> Excerpt:
    dataset = train.dataset(batch_size)
    batches = list(_telling(dataset))
    spec = dataset.element_spec

    def again(_: int) -> Any:
        made = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec)
        return made.apply(tf.data.experimental.assert_cardinality(len(batches)))

    return Excerpt(Pipeline(again, examples=sum(map(batch_length, batches))), batch_size, EPOCHS * len(batches))


def _telling(dataset: Any) -> Iterator[Any]:
    """Yield the first batches, those whose shapes are new, and the last one."""
    seen: set[Any] = set()
    given = 0
    last = None
    for number, batch in enumerate(dataset):
        # The last one takes the place of one of these.
        shape = tuple(str(part.shape) for part in tf.nest.flatten(batch, expand_composites=True))
        is_told = given < _MOST_BATCHES - 1 and (number < _FIRST_BATCHES or shape not in seen)
        if is_told:
            yield batch
            given += 1
        seen.add(shape)
        last = None if is_told else batch
    if last is not None:
        yield last


def is_in_memory(excerpt: Excerpt) -> bool:
    """Whether the excerpt's examples can be put into another order."""
    return isinstance(excerpt.data, InMemory)
