"""A map over seeds by faster conversions gives what TensorFlow's own gives, and leaves TensorFlow as it was."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.tensorflow.vectorizing import vectorized_map

_SEEDS = 5
_REGISTERED: dict[str, Any] = import_module("tensorflow.python.ops.parallel_for.pfor")._pfor_converter_registry


def _drawn(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)


def _pairs(rows: int, inner: int, columns: int, *, turned: tuple[bool, bool]) -> tuple[Any, Any]:
    left = (inner, rows) if turned[0] else (rows, inner)
    right = (columns, inner) if turned[1] else (inner, columns)
    return _drawn(_SEEDS, *left), _drawn(_SEEDS, *right)


def _product(turned: tuple[bool, bool]) -> Callable[[Any], Any]:
    return lambda pair: tf.matmul(pair[0], pair[1], transpose_a=turned[0], transpose_b=turned[1])


def _kinds_of_operations(mapped: Callable[..., Any], of_one: Callable[[Any], Any], stacked: Any) -> set[str]:
    graph = tf.function(lambda stacked: mapped(of_one, stacked)).get_concrete_function(stacked).graph.as_graph_def()
    return {node.op for part in (graph.node, *(each.node_def for each in graph.library.function)) for node in part}


@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("shape", [(1, 2, 50), (33, 7, 3), (32, 50, 40)])
def test_products_are_the_same(shape: tuple[int, int, int], turned: tuple[bool, bool]) -> None:
    pairs = _pairs(*shape, turned=turned)
    ours, theirs = (mapped(_product(turned), pairs) for mapped in (vectorized_map, tf.vectorized_map))
    assert ours.shape == theirs.shape == (_SEEDS, shape[0], shape[2])
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
def test_products_with_what_all_seeds_share_are_the_same(turned: tuple[bool, bool]) -> None:
    left, right = _pairs(4, 3, 2, turned=turned)
    for of_one, stacked in (
        (lambda each: _product(turned)((each, right[0])), left),
        (lambda each: _product(turned)((left[0], each)), right),
    ):
        np.testing.assert_allclose(vectorized_map(of_one, stacked), tf.vectorized_map(of_one, stacked), rtol=1e-5)


@pytest.mark.parametrize("kind", [tf.int32, tf.int64, tf.uint8])
def test_bits_read_as_another_type_are_the_same(kind: Any) -> None:
    numbers = _drawn(_SEEDS, 3, 2)
    ours = vectorized_map(lambda each: tf.bitcast(each, kind), numbers)
    np.testing.assert_array_equal(ours, tf.bitcast(numbers, kind))


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no operations")
def test_what_keras_says_is_largest_makes_no_loop_over_the_seeds() -> None:
    numbers = _drawn(_SEEDS, 4, 3)

    def largest(each: Any) -> Any:
        return keras.ops.argmax(each, axis=-1)

    loops = {"While", "StatelessWhile"}
    assert not loops & _kinds_of_operations(vectorized_map, largest, numbers)
    theirs = _kinds_of_operations(tf.vectorized_map, largest, numbers)
    assert bool(loops & theirs) == ("Bitcast" not in _REGISTERED)
    np.testing.assert_array_equal(vectorized_map(largest, numbers), np.argmax(numbers, axis=-1))


def test_small_products_are_sums_and_large_ones_are_not() -> None:
    plain = (False, False)

    def has_products(*shape: int) -> bool:
        kinds = _kinds_of_operations(vectorized_map, _product(plain), _pairs(*shape, turned=plain))
        return any("BatchMatMul" in kind for kind in kinds)

    assert not has_products(10, 10, 50)
    assert has_products(10, 10, 51)


def _refuses(_: Any) -> Any:
    message = "what is traced fails"
    raise ValueError(message)


def test_tensorflow_is_left_as_it_was() -> None:
    before = dict(_REGISTERED)
    during: list[dict[str, Any]] = []

    def watched(each: Any) -> Any:
        during.append(dict(_REGISTERED))
        return each

    vectorized_map(watched, _drawn(_SEEDS))
    assert before == _REGISTERED
    assert during[0]["MatMul"] is not before["MatMul"]
    with pytest.raises(ValueError, match="what is traced fails"):
        vectorized_map(_refuses, _drawn(_SEEDS))
    assert before == _REGISTERED


def test_where_tensorflow_has_no_such_conversion_its_own_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_REGISTERED, "MatMul")
    before = dict(_REGISTERED)
    numbers = _drawn(_SEEDS, 2)
    np.testing.assert_array_equal(vectorized_map(lambda each: 2 * each, numbers), 2 * numbers)
    assert before == _REGISTERED


@pytest.mark.parametrize("inner", [tf.vectorized_map, vectorized_map])
def test_a_map_within_the_map_gives_the_same(inner: Callable[..., Any]) -> None:
    before = dict(_REGISTERED)
    left, right = _drawn(_SEEDS, 6, 3, 4), _drawn(_SEEDS, 6, 4, 2)

    def bits_and_products(pair: Any) -> Any:
        return tf.bitcast(pair[0], tf.int32), tf.matmul(pair[0], pair[1])

    bits, products = vectorized_map(lambda pair: inner(bits_and_products, (pair[0], pair[1])), (left, right))
    np.testing.assert_array_equal(bits, tf.bitcast(left, tf.int32))
    np.testing.assert_allclose(products, left @ right, rtol=1e-5, atol=1e-5)
    assert before == _REGISTERED
