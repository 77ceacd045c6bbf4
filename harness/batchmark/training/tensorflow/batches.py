"""Batches as ``train_step`` takes them: what describes them, and the examples in them."""

from typing import Any

import tensorflow as tf

from batchmark.training.examples import Examples, InMemory


def spec_of_batches(data: Examples, batch_size: int) -> Any:
    """Return what describes batches of `data`, of any number of examples.

    A pipeline's batches may differ in more than that, and the dataset says so.
    """
    return spec_of(data.as_fit_gives()) if isinstance(data, InMemory) else data.dataset(batch_size).element_spec


def batch_at(data: InMemory, indices: Any) -> Any:
    """Return the examples of `data` at `indices`, shape (batch,)."""
    return tf.nest.map_structure(lambda tensor: tf.gather(tensor, indices), data.as_fit_gives())


def spec_of(batch: Any) -> Any:
    """Return what describes batches like this one, of any number of examples."""
    return tf.nest.map_structure(_any_number, batch)


def _any_number(tensor: Any) -> Any:
    if isinstance(tensor, tf.Tensor):
        return tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)
    if isinstance(tensor, tf.SparseTensor):
        return tf.SparseTensorSpec([None, *tensor.shape[1:]], tensor.dtype)
    return tf.RaggedTensorSpec([None, *tensor.shape[1:]], tensor.dtype, tensor.ragged_rank, tensor.row_splits.dtype)
