"""What grew is put down to the innermost function that has it, and to the package that changed."""

from dataclasses import replace

import pytest

from batchmark.analysis.explained import explain
from batchmark.profiles import Phase, Profile
from profiles_made import profile

FIT = "keras.trainer:fit"
OLD = profile(
    {
        Phase.BETWEEN_EPOCHS: {(FIT, "keras.callbacks:on_epoch_end"): 0.001},
        Phase.PYTHON: {(FIT, "keras.trainer:step"): 0.004},
        Phase.OPERATIONS: {(FIT, "keras.trainer:step", "tensorflow.eager:execute"): 0.010},
    },
    called={"keras.trainer:step": 16, "keras.callbacks:on_epoch_end": 1},
    packages={"keras": "2.15.0", "tensorflow": "2.15.1", "numpy": "1.26.4"},
)
NEW = profile(
    {
        Phase.BETWEEN_EPOCHS: {
            (FIT, "keras.callbacks:on_epoch_end"): 0.001,
            (FIT, "keras.iterator:reset", "tensorflow.data:make", "tensorflow.eager:execute"): 0.008,
            (FIT, "keras.iterator:reset", "tensorflow.data:make", "tensorflow.data:spec"): 0.001,
            (FIT, "keras.metrics:reset_state"): 0.002,
        },
        Phase.PYTHON: {(FIT, "keras.trainer:step"): 0.004},
        Phase.OPERATIONS: {(FIT, "keras.trainer:step", "tensorflow.eager:execute"): 0.010},
    },
    called={
        "keras.trainer:step": 16,
        "keras.callbacks:on_epoch_end": 1,
        "keras.iterator:reset": 1,
        "mine.data:load": 9,
    },
    packages={"keras": "3.6.0", "tensorflow": "2.15.1", "numpy": "1.26.4"},
)


def test_a_phase_that_grew_is_put_down_to_the_innermost_function_that_has_it() -> None:
    found = explain(OLD, NEW)
    growth = {each.name: each.growth for each in found.phases}
    assert growth[Phase.BETWEEN_EPOCHS] == pytest.approx(0.011)
    assert growth[Phase.PYTHON] == growth[Phase.OPERATIONS] == pytest.approx(0.0)
    first, second = found.grown
    # What runs whatever it is told is no reason; what told it is.
    assert first.frame.place == "tensorflow.data:make"
    assert first.growth == pytest.approx(0.009)
    assert second.frame.place == "keras.metrics:reset_state"
    assert second.growth == pytest.approx(0.002)


def test_what_calls_it_is_named_from_the_package_that_changed() -> None:
    found = explain(OLD, NEW)
    assert found.versions == (("keras", "2.15.0", "3.6.0"),)
    assert found.grown[0].by is not None
    assert found.grown[0].by.place == "keras.iterator:reset"
    assert found.grown[1].by is None, "it is in the package itself"


def test_functions_that_are_called_more_come_with_both_counts() -> None:
    found = explain(OLD, NEW)
    assert found.calls is not None
    assert (found.calls.baseline, found.calls.candidate) == (17, 27)
    assert [(each.function.place, each.baseline, each.candidate) for each in found.called_more] == [
        ("mine.data:load", 0.0, 9.0),
        ("keras.iterator:reset", 0.0, 1.0),
    ]


def test_two_alike_have_nothing_to_explain() -> None:
    found = explain(OLD, OLD)
    assert not any((found.grown, found.called_more, found.operations, found.versions))


def test_a_faster_candidate_is_explained_by_what_still_grew() -> None:
    found = explain(NEW, OLD)
    assert found.seconds.growth < 0
    assert found.grown == ()


def test_growth_that_no_function_has_half_of_is_told_of_what_holds_it_all() -> None:
    spread = profile({Phase.PYTHON: {(FIT, f"mine.model:part_{index}"): 0.001 for index in range(8)}})
    found = explain(profile({Phase.PYTHON: {(FIT,): 0.001}}), spread)
    assert [each.frame.place for each in found.grown] == [FIT]


def test_what_moved_within_a_phase_is_told_with_what_got_shorter() -> None:
    before = profile({Phase.DATA: {(FIT,): 0.013, (FIT, "tensorflow.data:make"): 0.015}})
    after = profile({Phase.DATA: {(FIT,): 0.001, (FIT, "tensorflow.data:make"): 0.035}})
    (grown,) = explain(before, after).grown
    assert grown.growth == pytest.approx(0.020)
    assert grown.saved == pytest.approx(0.012)


def test_operations_are_told_by_their_growth() -> None:
    before = profile({}, operations={"MatMul": 0.002, "AddV2": 0.001, "Gone": 0.1})
    after = profile({}, operations={"MatMul": 0.003, "AddV2": 0.001, "Cast": 0.004})
    assert [(each.kind, round(each.seconds.growth, 6)) for each in explain(before, after).operations] == [
        ("Cast", 0.004),
        ("MatMul", 0.001),
    ]


def test_a_side_without_phases_has_none_that_grew() -> None:
    without = replace(profile({}, called={"mine:train": 3}), seconds_per_epoch=0.5, calls_counted_by="")
    for sides in ((without, NEW), (OLD, without)):
        found = explain(*sides)
        assert found.phases == ()
        assert all(each.phase is None for each in found.grown)
        assert any(each.startswith("phases at the ") for each in found.unseen)
    assert explain(OLD, NEW).unseen == ()


def test_what_one_side_could_not_see_is_not_held_against_nothing() -> None:
    blind = replace(OLD, called=(), calls=0.0, operations=(), missing=("calls: ImportError: no _lsprof",))
    seeing = replace(NEW, operations=profile({}, operations={"MatMul": 0.1}).operations)
    found = explain(blind, seeing)
    assert (found.calls, found.called_more, found.operations) == (None, (), ())
    assert found.unseen == ("calls at the baseline: ImportError: no _lsprof",)


def test_calls_that_another_python_counted_are_not_compared() -> None:
    found = explain(
        replace(OLD, calls_counted_by="cProfile, Python 3.11"), replace(NEW, calls_counted_by="cProfile, Python 3.12")
    )
    assert (found.calls, found.called_more) == (None, ())
    assert any("Python 3.12" in each for each in found.unseen)


def test_without_phases_growth_is_put_down_to_functions_all_the_same() -> None:
    def whole(slow: float) -> Profile:
        fit = "mine.train:fit"
        seen = profile({Phase.PYTHON: {(fit, "mine.train:step"): 0.01, (fit, "mine.io:read"): slow}})
        return replace(seen, phases={}, stacks=tuple(replace(stack, phase=None) for stack in seen.stacks))

    (grown,) = explain(whole(0.002), whole(0.03)).grown
    assert (grown.frame.place, grown.phase) == ("mine.io:read", None)
    assert grown.growth == pytest.approx(0.028)


def test_of_two_lambdas_of_a_module_the_one_that_grew_is_named() -> None:
    def side(first: float) -> Profile:
        made = profile({Phase.PYTHON: {("mine:fit", "mine:one"): first, ("mine:fit", "mine:two"): 2.0}})
        lines = {"one": 10, "two": 20}
        frames = tuple(
            replace(each, name="<lambda>", line=lines[each.name]) if each.name in lines else each
            for each in made.frames
        )
        return replace(made, frames=frames)

    (grown,) = explain(side(1.0), side(3.0)).grown
    assert (grown.frame.name, grown.frame.line) == ("<lambda>", 10)


def test_operations_that_run_more_often_come_before_those_that_take_longer_by_the_clock() -> None:
    before = profile({}, operations={"MatMul": 0.002, "MakeIterator": 0.001})
    after = profile({}, operations={"MatMul": 0.9, "MakeIterator": 0.002})
    twice = tuple(replace(each, count=2.0) if each.kind == "MakeIterator" else each for each in after.operations)
    found = explain(before, replace(after, operations=twice)).operations
    assert [each.kind for each in found] == ["MakeIterator", "MatMul"]
