"""Initial weights that go from one worker to another through a file."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from batchmark.training.handed_weights import read_weights, taken, write_weights


def test_weights_of_every_precision_arrive_as_they_were(tmp_path: Path) -> None:
    bfloat16 = tf.constant([0.1, -3.0, 1e30], tf.bfloat16).numpy()
    own = (bfloat16, np.array([1.5], np.float16), np.array([[0.1]]), np.array([7], np.int64))
    write_weights(tmp_path / "weights.npz", {3: own})
    arrived = taken(read_weights(tmp_path / "weights.npz")[3], own, "here")
    assert [value.dtype for value in arrived] == [value.dtype for value in own]
    for mine, theirs in zip(arrived, own, strict=True):
        np.testing.assert_array_equal(mine, theirs)
