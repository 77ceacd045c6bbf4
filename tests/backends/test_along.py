"""Trainings along courses, on the backend in use: what changes on the way, and what is looked at."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from batchmark.course import Asked, Course, Instrument, Phase
from batchmark.errors import WorkloadError
from batchmark.training import stacked_proof
from batchmark.training.along import AlongCourses
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.settings import with_settings
from batchmark.trainings import ALL_AT_ONCE, BY_FIT, Followed, Way
from by_default import by_default

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has one backend, and these models are of Keras 3")
BACKEND = the_backend().name
CHANGING = Course((Phase(2, 16, 0.05), Phase(1, 32, 0.01)), examples_per_look=64)
IS_STACKED = BACKEND != "torch"


@cache
def _beside(name: str) -> BesideFit:
    return BesideFit(load(f"on_any_backend:{name}"))


def _new_courses(name: str) -> AlongCourses:
    return AlongCourses(_beside(name))


_courses = cache(_new_courses)


@cache
def _with_accumulation() -> AlongCourses:
    loaded = with_settings(load("on_any_backend:PLAIN"), {"gradient_accumulation_steps": 2})
    return AlongCourses(BesideFit(loaded))


def _follow(courses: AlongCourses, course: Course = CHANGING, *instruments: Instrument, seeds: int = 3) -> Followed:
    asked = Asked("", course, tuple(range(seeds)), instruments=instruments)
    return courses.follow(asked, lambda _: None)


def _by_fit(courses: AlongCourses) -> Followed:
    """Return what `courses` come to by calls of fit."""
    only_fit = AlongCourses(courses._beside)
    only_fit._ways._fastest = Way(BY_FIT, "asked for")
    return _follow(only_fit)


def test_rate_batch_size_and_looks_change_as_by_calls_of_fit() -> None:
    courses = _courses("ADAM")
    found, by_fit = _follow(courses), _by_fit(courses)
    assert (found.method == ALL_AT_ONCE) is IS_STACKED
    assert found.steps == by_fit.steps == (4, 6, 10, 12, 14, 15)
    assert found.examples == by_fit.examples == (64, 90, 154, 180, 244, 270)
    for name in ("training_loss", "validation_loss", "fresh_loss"):
        np.testing.assert_allclose(getattr(found, name), getattr(by_fit, name), rtol=2e-3, err_msg=name)
    assert len(set(found.fresh_loss)) == 3


def test_a_changed_rate_matters() -> None:
    courses = _courses("ADAM")
    slower = replace(CHANGING, phases=(*CHANGING.phases[:1], Phase(1, 32, 0.0001)))
    there, here = _follow(courses), _follow(courses, slower)
    np.testing.assert_array_equal(there.validation_loss[0][:4], here.validation_loss[0][:4])
    assert abs(there.validation_loss[0][5] - here.validation_loss[0][5]) > 1e-4


def test_what_is_compiled_is_begun_again_for_another_rate_and_ends_where_a_new_one_does() -> None:
    used = _courses("ADAM")
    _follow(used, Course((Phase(2, 8, 0.2),)))
    assert _numbers(_follow(used)) == _numbers(_follow(_new_courses("ADAM")))


def test_numbers_reproduce_bit_for_bit() -> None:
    instruments = (Instrument("distance"), Instrument("noise", (4, 16), 3), Instrument("sharpness", box=1e-3))
    first, again = (_follow(_new_courses("PLAIN"), CHANGING, *instruments, seeds=2) for _ in range(2))
    assert _numbers(first) == _numbers(again)
    assert set(first.observed) == {"distance", "noise/small_squared", "noise/large_squared", "sharpness"}


def test_a_model_that_cannot_be_trained_at_once_goes_seed_after_seed() -> None:
    found, by_fit = _follow(_with_accumulation()), _by_fit(_with_accumulation())
    if BACKEND == "tensorflow":
        assert found.method == "one by one: the optimizer accumulates gradients"
    # Keras counts the updates, not the batches.
    assert found.steps == by_fit.steps
    assert found.steps[-1] < 15
    np.testing.assert_allclose(found.fresh_loss, by_fit.fresh_loss, rtol=2e-3)


def test_instruments_look_where_they_are_told_to() -> None:
    last, first = Instrument("distance", looks=(-1,)), Instrument("training_loss", looks=(0,))
    found = _follow(_courses("PLAIN"), CHANGING, last, first, seeds=2)
    distance, loss = np.array(found.observed["distance"]), np.array(found.observed["training_loss"])
    assert np.isnan(distance[:, :-1]).all()
    assert (distance[:, -1] > 0).all()
    assert np.isnan(loss[:, 1:]).all()
    assert np.isfinite(loss[:, 0]).all()


def test_a_training_that_diverges_is_nan_from_there_on() -> None:
    found = _follow(_courses("PLAIN"), Course((Phase(3, 16, math.nan),)), seeds=2)
    assert np.isnan(found.fresh_loss).all()
    assert np.isnan(found.fresh_quality).all()
    assert np.isnan(np.array(found.validation_quality)[:, -1]).all()


@pytest.mark.skipif(not IS_STACKED, reason="nothing is stacked on PyTorch")
@pytest.mark.parametrize(
    "ignored", by_default(["rate", "batch size", "restart"], only=["rate", "restart"], on_tensorflow=["rate"])
)
def test_a_stack_that_ignores_what_changes_is_refused(ignored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = the_backend().stacking.training

    def forgetful(*given: Any, batch_size: int, **named: Any) -> Any:
        stacked: Any = made(*given, batch_size=batch_size, **named)
        if ignored == "rate":
            stacked.set_learning_rate = lambda _: None
        elif ignored == "batch size":
            train = stacked.train_on
            stacked.train_on = lambda orders, _, **named: train(orders, batch_size, **named)
        else:
            stacked.restart = lambda _: None
        return stacked

    stacking = replace(the_backend().stacking, training=forgetful)
    monkeypatch.setattr(stacked_proof, "the_backend", lambda: replace(the_backend(), stacking=stacking))
    assert "many seeds at once do other work" in _follow(_new_courses("ADAM")).method


def test_a_setting_that_the_optimizer_has_not_is_refused_with_the_users_line() -> None:
    with pytest.raises(WorkloadError, match=r"has no 'beta_2'; it has .*learning_rate"):
        with_settings(load("on_any_backend:PLAIN"), {"beta_2": 0.9}).workload.build_model()


def _numbers(found: Followed) -> dict[str, Any]:
    """Return all of it as text, in which NaN equals NaN."""
    told = vars(found) | {"seconds": 0.0, "proof": None}
    return {name: repr(value) for name, value in told.items()}
