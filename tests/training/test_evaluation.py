"""A mean over slices is the mean."""

import pytest
import tensorflow as tf

from batchmark.training import evaluation
from batchmark.training.evaluation import mean_over_slices


@pytest.mark.parametrize("examples", [1, 9, 10, 11, 25, 30])
def test_the_mean_covers_every_example_once(monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    monkeypatch.setattr(evaluation, "_SLICE", 10)
    values = tf.range(examples, dtype=tf.float32) ** 2

    mean = tf.function(lambda: mean_over_slices(examples, lambda i: tf.reduce_mean(tf.gather(values, i))))
    assert float(mean()) == pytest.approx(sum(i * i for i in range(examples)) / examples)
