"""A user's data, in whatever it is kept, taken apart."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from batchmark.training.map_parts import leaves_of, length_of, map_parts, parts_of, take

_X = np.arange(12.0).reshape(6, 2)
_ORDER = [4, 0, 3]


def _table() -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"a": np.arange(6), "b": np.arange(6) / 2})


def _plain(part: Any) -> Any:
    if isinstance(part, tf.SparseTensor):
        return tf.sparse.to_dense(part).numpy()
    if isinstance(part, tf.RaggedTensor):
        return part.to_list()
    return part.todense().tolist() if hasattr(part, "todense") else np.asarray(part).tolist()


@pytest.mark.parametrize(
    "part",
    [
        _X,
        tf.constant(_X),
        tf.constant(list("abcdef")),
        tf.sparse.from_dense(_X),
        sparse.csr_matrix(_X),
        sparse.coo_matrix(_X),
        list(range(6)),
        tf.ragged.constant([[1], [2, 3], [4], [5], [6, 7], [8]]),
    ],
    ids=["array", "tensor", "text", "sparse tensor", "csr", "coo", "list", "ragged"],
)
def test_examples_are_taken_in_the_order_asked_for_and_stay_of_their_kind(part: Any) -> None:
    taken = take(part, _ORDER)
    assert isinstance(taken, type(part)) or sparse.issparse(taken)
    whole = _plain(part)
    assert len(whole) == length_of("x", part) == 6
    np.testing.assert_array_equal(
        np.array(_plain(taken), dtype=object), np.array([whole[index] for index in _ORDER], dtype=object)
    )


def test_a_table_and_its_columns_are_taken_by_place_and_not_by_label() -> None:
    table = _table().set_index(np.arange(6)[::-1])
    assert take(table, _ORDER)["a"].tolist() == _ORDER
    assert take(table["b"], _ORDER).tolist() == [2.0, 0.0, 1.5]


def test_what_is_nested_keeps_its_structure_and_none_stays() -> None:
    data = {"left": _X, "right": [_X, None], "numbers": [1, 2, 3], "rows": [[1.0], [2.0]]}
    mapped = map_parts(lambda part: type(part).__name__, data)
    assert mapped == {"left": "ndarray", "right": ["ndarray", None], "numbers": "list", "rows": "list"}
    assert len(list(parts_of(data))) == 4


@pytest.mark.parametrize(
    ("nested", "leaves"),
    [([1, {"a": (2, None)}, [[3]]], [1, 2, None, 3]), ([], []), ((), []), (None, [None]), ("text", ["text"])],
)
def test_the_leaves_of_what_is_nested_are_all_that_is_no_container(nested: Any, leaves: list[Any]) -> None:
    assert list(leaves_of(nested)) == leaves
