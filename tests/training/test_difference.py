"""How far two short trainings ended apart, on numbers small enough to check by eye."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.training.difference import (
    BOUND,
    Rounding,
    Steps,
    bound_for,
    can_tell,
    difference,
    repeats,
    rounding,
)
from batchmark.training.state import Entry, Kind

_START = np.linspace(0.5, 1.0, 8, dtype=np.float32)
_MOVED = _START + np.float32(0.1)
_ENTRIES = (
    Entry(None, "kernel", Kind.WEIGHT, is_shared=False),
    Entry(None, "iteration", Kind.OPTIMIZER, is_shared=False),
)


def _steps(end: Any = _MOVED, *, count: int = 10, **logs: Any) -> Steps:
    start = (_START, np.array(0))
    told = logs or {"loss": 0.5}
    return Steps(_ENTRIES, start, start, (np.asarray(end, np.float32), np.array(count)), (told,), 100)


_NO_NOISE = Rounding((0.0, 0.0), ({"loss": 0.0},))


def _what(other: Steps, fit: Steps | None = None, noise: Rounding = _NO_NOISE) -> str:
    return difference(fit or _steps(), other, noise, bound=BOUND).what


def test_what_is_equal_or_off_by_rounding_is_within_the_bound() -> None:
    assert _what(_steps()) == ""
    assert _what(_steps(np.nextafter(_MOVED, np.float32(2)))) == ""


def test_the_bound_is_relative_to_how_far_fit_moved_and_not_to_the_weights() -> None:
    slightly = _START + np.float32(1e-4)
    fit = _steps(slightly)
    # A ten-thousandth of the weights, and half of what fit moved them.
    found = difference(fit, _steps(_START + np.float32(1.5e-4)), _NO_NOISE, bound=BOUND)
    assert found.what.startswith("weight 'kernel' ended off by 0.5 of what fit moved it")
    assert found.largest == pytest.approx(0.5, rel=0.01)


def test_weights_that_fit_leaves_alone_may_not_move() -> None:
    assert "fit did not move it" in _what(_steps(_MOVED), fit=_steps(_START))


def test_as_far_as_rounding_goes_is_allowed_and_no_further() -> None:
    noise = Rounding((0.01, 0.0), ({"loss": 0.0},))
    assert _what(_steps(_MOVED + np.float32(0.02)), noise=noise) == ""
    assert _what(_steps(_MOVED + np.float32(0.09)), noise=noise) != ""


def test_a_count_has_to_be_equal() -> None:
    assert _what(_steps(count=9)) == "optimizer 'iteration' ended as 9 and fit's as 10"


def test_weights_that_are_lost_on_one_side_differ() -> None:
    assert "isn't finite" in _what(_steps(np.full(8, np.nan)))


@pytest.mark.parametrize(
    ("fit", "other", "differs"),
    [
        ({"loss": 0.5}, {"loss": 0.5001}, False),
        ({"loss": 0.5}, {"loss": 0.51}, True),
        ({"loss": 0.5, "mae": 0.1}, {"loss": 0.5}, True),
        ({"loss": 0.5, "precision": 0.2}, {"loss": 0.5, "precision_3": 0.2}, False),
        # One example of a hundred, counted otherwise by a rounding; two are more than that.
        ({"accuracy": 0.20}, {"accuracy": 0.21}, False),
        ({"accuracy": 0.20}, {"accuracy": 0.22}, True),
        # No share of a hundred examples: nothing is counted there.
        ({"mae": 0.2031}, {"mae": 0.2131}, True),
        ({"loss": float("nan")}, {"loss": float("nan")}, False),
        ({"loss": 0.5}, {"loss": float("nan")}, True),
    ],
)
def test_every_log_is_compared(fit: dict[str, Any], other: dict[str, Any], *, differs: bool) -> None:
    noise = Rounding((0.0, 0.0), (dict.fromkeys(fit, 0.0),))
    assert bool(_what(_steps(**other), fit=_steps(**fit), noise=noise)) == differs


def test_only_logged_losses_of_single_outputs_are_a_matter_of_weighing() -> None:
    fit, other = _steps(loss=0.5, kind_loss=0.3), _steps(loss=0.5, kind_loss=0.32)
    noise = Rounding((0.0, 0.0), ({"loss": 0.0, "kind_loss": 0.0},))
    assert difference(fit, other, noise, bound=BOUND).is_weighing
    assert not difference(fit, _steps(loss=0.6, kind_loss=0.32), noise, bound=BOUND).is_weighing
    moved = _steps(_MOVED + np.float32(0.05), loss=0.5, kind_loss=0.32)
    assert not difference(fit, moved, noise, bound=BOUND).is_weighing


def test_a_training_that_moves_no_further_than_rounding_can_tell_nothing() -> None:
    assert can_tell(_steps(), _NO_NOISE, bound=BOUND)
    assert not can_tell(_steps(_START), _NO_NOISE, bound=BOUND)
    assert not can_tell(_steps(np.nextafter(_START, np.float32(2))), _NO_NOISE, bound=BOUND)
    assert not can_tell(_steps(), Rounding((1.0, 0.0), ({},)), bound=BOUND)


def test_rounding_is_what_two_trainings_are_apart() -> None:
    found = rounding(_steps(loss=0.5), _steps(_MOVED + np.float32(0.01), loss=0.51))
    assert found.of_entries == pytest.approx((0.01 * np.sqrt(8), 0.0), rel=1e-3)
    assert found.of_logs[0]["loss"] == pytest.approx(0.01)


def test_a_training_repeats_itself_where_only_single_roundings_differ() -> None:
    fit = _steps()
    assert repeats(fit, replace(fit)) == 0.0
    barely = _steps(np.nextafter(_START, np.float32(2)))
    assert repeats(barely, _steps(_START)) == 0.0
    assert repeats(fit, _steps(_START)) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(("precision", "bound"), [(2.0**-23, BOUND), (2.0**-52, BOUND), (2.0**-7, 2.0**-6)])
def test_less_precise_models_have_a_wider_bound(precision: float, bound: float) -> None:
    assert bound_for(precision) == bound
