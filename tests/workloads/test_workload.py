"""What a workload is made of."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest

from batchmark.workloads import Data, Description, Split, Workload, as_split

_X, _Y, _W = np.zeros((4, 2)), np.ones(4), np.full(4, 0.5)


def _model() -> Any:
    return "a model"


def _data() -> Any:
    return _X, _Y


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ((_X,), (_X, None, None)),
        ((_X, _Y), (_X, _Y, None)),
        ((_X, _Y, _W), (_X, _Y, _W)),
        (_X, (_X, None, None)),
        ({"left": _X}, ({"left": _X}, None, None)),
        (([_X, _X],), ([_X, _X], None, None)),
    ],
)
def test_a_part_of_the_data_becomes_a_split(part: Any, expected: tuple[Any, ...]) -> None:
    split = as_split(part)
    for found, wanted in zip((split.x, split.y, split.sample_weight), expected, strict=True):
        if isinstance(wanted, np.ndarray) or wanted is None:
            assert found is wanted
        else:
            assert found == wanted


def test_a_split_is_left_as_it_is() -> None:
    split = Split(_X, _Y)
    assert as_split(split) is split


@pytest.mark.parametrize("part", [(), (_X, _Y, _W, _X)])
def test_a_tuple_that_is_no_data_is_refused_with_what_is_expected(part: tuple[Any, ...]) -> None:
    expected = rf"data of {len(part)} parts; expected \(x,\), \(x, y\) or \(x, y, sample_weight\)"
    with pytest.raises(TypeError, match=expected):
        as_split(part)


@pytest.mark.parametrize("x", [_X, [_X, _Y], (_X, _Y), {"a": _X}, {"a": [{"b": (_X,)}]}])
def test_a_split_counts_the_first_axis_of_its_first_array(x: Any) -> None:
    assert len(Split(x)) == 4


def test_two_functions_are_all_a_workload_takes() -> None:
    workload = Workload(_model, _data)
    assert workload.build_model() == "a model"
    assert workload.load_data() == (_X, _Y)
    assert workload.described(name="x", examples=32) == Description(name="x", examples=32)


def test_the_functions_can_be_named_and_everything_else_has_to_be() -> None:
    named = Workload(build_model=_model, load_data=_data, name="mine", examples=4)
    assert (named.build_model, named.load_data, named.name, named.examples) == (_model, _data, "mine", 4)
    with pytest.raises(TypeError):
        Workload(_model, _data, "mine")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Workload(_model)  # type: ignore[call-arg]


def test_a_workload_is_frozen() -> None:
    workload: Any = Workload(_model, _data)
    with pytest.raises(FrozenInstanceError):
        workload.epochs = 3


def test_a_description_has_everything_but_the_functions() -> None:
    workload = Workload(
        _model,
        _data,
        name="what it calls itself",
        version=3,
        description="words",
        tokens_per_example=64,
        default_batch_sizes="1..8",
        default_loops=("fit",),
        budget_seconds=5.0,
        epochs=2,
        reference_batch_size=16,
        quality_metric="accuracy",
        quality_margin=0.1,
        quality_batch_sizes="8",
        learning_rate=0.1,
        learning_rate_exceptions={8: 0.2},
    )
    found = workload.described(name="mine:X", examples=100)
    assert type(found) is Description
    replaced = {"name": "mine:X", "examples": 100}
    for each in fields(Description):
        assert getattr(found, each.name) == replaced.get(each.name, getattr(workload, each.name))


@pytest.mark.parametrize(("examples", "reference"), [(500, 32), (32, 32), (31, 31), (1, 1)])
def test_the_reference_is_no_larger_than_the_data(examples: int, reference: int) -> None:
    assert Workload(_model, _data).described(name="x", examples=examples).reference_batch_size == reference


def test_a_batch_size_has_the_workloads_learning_rate_unless_it_is_an_exception() -> None:
    known = Description(learning_rate=0.1, learning_rate_exceptions={8: 0.2})
    assert [known.learning_rate_for(size) for size in (4, 8)] == [0.1, 0.2]
    assert known.learning_rate_for(8, same=True) == 0.1
    assert Description().learning_rate_for(8) is None


def test_data_need_no_test_set() -> None:
    data = Data((_X, _Y))
    assert (data.validation, data.fresh) == (None, None)
