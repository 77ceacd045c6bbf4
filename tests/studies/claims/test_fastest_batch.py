from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from batchmark.records import Cell, Status
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.fastest_batch import CLAIM
from batchmark.studies.laboratory.parts import Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import made, timed
from synthetic import steps_of


def spiky(spread: float, seed: int = 0) -> np.ndarray:
    """Noise that is not normal: mostly small, sometimes a spike upward."""
    generator = np.random.default_rng(seed)
    return np.asarray(spread * generator.gamma(0.7, 1.5, (10, 20)))


def curve(cell: Cell) -> float:
    return 0.02 + 0.0005 * steps_of(cell.batch_size)


def judged(seconds: Callable[[Cell], float], *, noise: float = 0.02, turns: int | None = None) -> Finding:
    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        return timed(part, seconds, noise=spiky(noise)[:, :turns], turns=turns)

    return CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed


def test_times_that_go_with_the_number_of_steps_confirm_it() -> None:
    finding = judged(lambda cell: 0.001 + 0.0005 * steps_of(cell.batch_size))

    assert finding.answer is Answer.CONFIRMED
    assert finding.seeds == 20
    assert "full batch takes the least time an epoch and batch size 1 the most" in finding.sentence
    assert "28.6" in finding.sentence


def test_a_size_faster_than_full_batch_refutes_it_and_is_named() -> None:
    finding = judged(lambda cell: 0.9 * curve(cell) if cell.batch_size == 256 else 1.2 * curve(cell))

    assert finding.answer is Answer.REFUTED
    assert "seconds an epoch at 256 over at 500 is 0.7" in finding.sentence


def test_a_size_as_fast_as_full_batch_within_one_per_cent_refutes_it() -> None:
    finding = judged(lambda cell: curve(replace(cell, batch_size=500) if cell.batch_size == 256 else cell), noise=0.001)

    assert finding.answer is Answer.REFUTED


def test_times_on_a_straight_line_refute_it() -> None:
    finding = judged(lambda cell: 1 - 0.9 * (cell.batch_size - 1) / 499, noise=0.001)

    assert finding.answer is Answer.REFUTED
    bend = next(condition for condition in finding.conditions if "straight line" in condition.what)
    assert bend.answer is Answer.REFUTED
    assert all(condition.answer is not Answer.REFUTED for condition in finding.conditions if condition is not bend)


def test_too_few_turns_leave_it_open() -> None:
    finding = judged(curve, turns=6)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "no interval from 6" in finding.sentence


def test_neighbours_that_noise_hides_leave_it_open() -> None:
    finding = judged(curve, noise=0.3)

    assert finding.answer is Answer.INCONCLUSIVE


def test_equal_updates_are_set_beside_and_not_judged() -> None:
    finding = judged(curve)

    beside = finding.conditions[-1]
    assert beside.answer is None
    assert beside.estimate.value == pytest.approx(500 * 0.0205 / 0.27, rel=0.1)
    assert "At equal updates full batch takes" in finding.sentence


def test_the_fitted_overhead_is_reported() -> None:
    finding = judged(curve, noise=0.0)

    overhead = next(condition for condition in finding.conditions if condition.what.startswith("overhead"))
    assert overhead.estimate.value == pytest.approx(0.0005, rel=1e-3)
    assert overhead.unit == "s"
    assert any("nowhere" in note for note in finding.notes)


def test_a_cell_that_diverged_leaves_it_untested() -> None:
    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        found = timed(part, curve)
        first, *others = found.records
        return replace(found, records=(replace(first, status=Status.DIVERGED), *others))

    with pytest.raises(MissingPartError, match="batch size 1 by fit: diverged"):
        CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed
