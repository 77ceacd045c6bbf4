"""The Keras that is handed to workloads."""

import tensorflow as tf

from batchmark.workloads.the_keras import the_keras


def test_keras_is_tensorflows_which_has_all_its_names_in_every_version() -> None:
    assert the_keras() is tf.keras
    assert the_keras().optimizers.AdamW
    assert the_keras().utils.set_random_seed
