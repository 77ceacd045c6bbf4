"""``tf.vectorized_map`` with two of its conversions made faster: what small models' steps spend their time in.

TensorFlow has no public way to say how an operation is vectorised; its registry is private, and where it isn't found,
its own conversions serve. That both give the same is shown with everything else by the proof of same work.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import tensorflow as tf

from batchmark.training.tensorflow.devices import Devices

FEW_MULTIPLICATIONS = 5_000
"""Up to how many of them a product of two matrices is small, on a processor."""


def vectorized_map(of_one: Callable[[Any], Any], stacked: Any, *, small: float = FEW_MULTIPLICATIONS) -> Any:
    """Return what `of_one` gives of each element along the first axis of what is `stacked`.

    `small`: up to how many multiplications a product counts as small.
    """
    with _faster_conversions(small):
        return tf.vectorized_map(of_one, stacked)


@contextmanager
def _faster_conversions(small: float) -> Iterator[None]:
    try:
        # Private: it may move. Its package has a function of the same name.
        pfor: Any = import_module("tensorflow.python.ops.parallel_for.pfor")
        registered = pfor._pfor_converter_registry  # noqa: SLF001
        ours = _conversions(pfor.wrap, registered, 0 if Devices().has_accelerator() else small)
    except (ImportError, AttributeError, KeyError, TypeError):
        yield
        return
    before = {name: registered[name] for name in ours if name in registered}
    registered.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del registered[name]
        registered.update(before)


def _conversions(wrap: Callable[[Any, bool], Any], registered: Mapping[str, Any], small: float) -> dict[str, Any]:
    own = registered["MatMul"]

    def bits(read: Any) -> Any:
        """TensorFlow has no conversion, and makes a loop over the seeds: Keras' accuracy takes two in each step."""
        return wrap(tf.bitcast(read.stacked_input(0), read.get_attr("type")), True)

    def product(read: Any) -> Any:
        (left, left_stacked, _), (right, right_stacked, _) = read.input(0), read.input(1)
        turned = read.get_attr("transpose_a"), read.get_attr("transpose_b")
        if left_stacked and right_stacked and _is_small(left, right, turned, small):
            return wrap(_summed(left, right, turned), True)
        return own(read)

    return {"MatMul": product, "Bitcast": registered.get("Bitcast", bits)}


def _is_small(left: Any, right: Any, turned: tuple[bool, bool], small: float) -> bool:
    """Whether a product takes less time than the call that XLA makes for each seed's, and is summed as precisely."""
    shapes = left.shape, right.shape
    if not all(shape.is_fully_defined() for shape in shapes) or left.dtype not in {tf.float32, tf.float64}:
        return False
    columns = shapes[1][1] if turned[1] else shapes[1][2]
    return bool(shapes[0][1] * shapes[0][2] * columns <= small)


def _summed(left: Any, right: Any, turned: tuple[bool, bool]) -> Any:
    """Return the product of each pair of matrices, as a sum that XLA makes one loop of, over the seeds inmost."""
    left = tf.transpose(left, (2, 1, 0) if turned[0] else (1, 2, 0))
    right = tf.transpose(right, (2, 1, 0) if turned[1] else (1, 2, 0))
    return tf.transpose(tf.reduce_sum(left[:, :, None, :] * right[None, :, :, :], axis=1), (2, 0, 1))
