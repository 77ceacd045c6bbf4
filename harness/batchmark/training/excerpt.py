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
_MOST_FULL_BATCHES = 64
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


def excerpt_of(train: Examples, reference_batch_size: int, *, fewest: int = 1, only: int | None = None) -> Excerpt:
    """Return four full batches and a partial one, of examples from all over `train`; of a pipeline, batches of its own.

    They are `fewest` where that is more: what an optimizer that accumulates gradients needs to take a step an epoch. A
    pipeline is gone through once: its batches may differ in shape anywhere. `only` is the one batch size that the model
    takes, where it is made for one: then all batches have it.
    """
    full = min(max(_FULL_BATCHES, fewest), _MOST_FULL_BATCHES)
    if isinstance(train, Pipeline):
        return _of_pipeline(train, reference_batch_size, fewest=full)
    if only and train.examples >= only:
        return _evenly(train, min(full, train.examples // only) * only, only)
    size = min(reference_batch_size, _LARGEST_BATCH)
    if train.examples < (full - 1) * size:
        size = max(1, train.examples // full)
    count = min(train.examples, full * size + size // 2)
    if size > 1 and count % size == 0:
        # There is a partial batch whatever the numbers.
        count -= size // 2
    return _evenly(train, count, size)


def _evenly(train: InMemory, count: int, size: int) -> Excerpt:
    """Return `count` examples from all over `train`, in batches of `size`."""
    data = train.at(np.unique(np.linspace(0, train.examples - 1, count).round().astype(int)))
    return Excerpt(data, size, EPOCHS * -(-data.examples // size))


def _of_pipeline(train: Pipeline, batch_size: int, *, fewest: int) -> Excerpt:
    dataset = train.dataset(batch_size)
    batches = list(_telling(dataset, fewest))
    spec = dataset.element_spec
    # None is a part of a batch that a generator can't give.
    given = [each for each in tf.nest.flatten(spec) if not _is_none(each)]

    def parts() -> Iterator[tuple[Any, ...]]:
        yield from (tuple(part for part in tf.nest.flatten(batch) if part is not None) for batch in batches)

    def packed(*parts: Any) -> Any:
        left = iter(parts)
        return tf.nest.pack_sequence_as(
            spec, [None if _is_none(each) else next(left) for each in tf.nest.flatten(spec)]
        )

    def again(_: int) -> Any:
        made = tf.data.Dataset.from_generator(parts, output_signature=tuple(given)).map(packed)
        return made.apply(tf.data.experimental.assert_cardinality(len(batches)))

    return Excerpt(Pipeline(again, examples=sum(map(batch_length, batches))), batch_size, EPOCHS * len(batches))


def _is_none(spec: Any) -> bool:
    return type(spec).__name__ == "NoneTensorSpec"


def _telling(dataset: Any, fewest: int) -> Iterator[Any]:
    """Yield the first batches, those whose shapes are new, and the last one."""
    seen: set[Any] = set()
    given = 0
    last = None
    for number, batch in enumerate(dataset):
        # The last one takes the place of one of these.
        parts = tf.nest.flatten(batch, expand_composites=True)
        shape = tuple(str(part.shape) for part in parts if part is not None)
        first, most = max(_FIRST_BATCHES, fewest - 1), max(_MOST_BATCHES, fewest)
        is_told = given < most - 1 and (number < first or shape not in seen)
        if is_told:
            yield batch
            given += 1
        seen.add(shape)
        last = None if is_told else batch
    if last is not None:
        yield last
