"""Few steps, of batches that differ: a partial one among them whatever the numbers."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.backend import the_backend
from batchmark.training.examples import InMemory, Pipeline
from batchmark.training.excerpt import EPOCHS, excerpt_of
from batchmark.workloads import Split


@pytest.mark.parametrize(
    ("examples", "reference", "size", "batches"),
    [
        (1_000, 32, 32, 5),
        (1_000, 500, 64, 5),
        (40, 32, 10, 4),
        (90, 32, 22, 5),
        (10, 32, 2, 5),
        (3, 32, 1, 3),
        (1, 1, 1, 1),
    ],
)
def test_there_is_a_partial_batch_and_examples_are_from_all_over(
    examples: int, reference: int, size: int, batches: int
) -> None:
    found = excerpt_of(InMemory(Split(np.arange(examples))), reference)
    assert (found.batch_size, found.steps) == (size, EPOCHS * batches)
    assert size == 1 or found.data.examples % size
    taken = found.data.split.x  # type: ignore[union-attr]
    assert (taken[0], taken[-1]) == (0, examples - 1)
    assert len(set(taken)) == len(taken)


def test_what_accumulates_gradients_has_as_many_batches() -> None:
    assert excerpt_of(InMemory(Split(np.arange(1_000))), 32, fewest=16).steps >= EPOCHS * 16


def _growing(batch_size: int) -> Any:
    """Batches as long as their number says."""
    data = tf.data.Dataset.range(1, 400).map(lambda n: (tf.fill((tf.minimum(n // 40, 5) + 1,), n), n))
    return data.padded_batch(batch_size)


def test_a_pipeline_shows_its_first_batches_every_new_shape_and_the_last_one() -> None:
    found = excerpt_of(Pipeline(_growing, examples=399), 20)
    batches = list(found.data.dataset(20))  # type: ignore[union-attr]
    shapes = {tuple(batch[0].shape)[1] for batch in batches}
    assert shapes == {1, 2, 3, 4, 5, 6}
    assert the_backend().pipelines.batch_length(batches[-1]) == 19
    assert len(batches) <= 8
    assert found.data.examples == sum(map(the_backend().pipelines.batch_length, batches))
    assert found.data.dataset(20).element_spec == _growing(20).element_spec  # type: ignore[union-attr]


def test_each_pass_over_an_excerpt_of_a_pipeline_is_the_same() -> None:
    def shuffled(size: int) -> Any:
        return tf.data.Dataset.range(100).shuffle(100).batch(size)

    dataset: Any = excerpt_of(Pipeline(shuffled, examples=100), 10).data
    first, again = ([batch.numpy().tolist() for batch in dataset.dataset(10)] for _ in range(2))
    assert first == again


def test_a_batch_without_weights_keeps_its_none() -> None:
    def batches(size: int) -> Any:
        return tf.data.Dataset.range(20).batch(size).map(lambda x: (x, x, None))

    dataset: Any = excerpt_of(Pipeline(batches, examples=20), 8).data
    assert [batch[2] for batch in dataset.dataset(8)] == [None] * 3
