from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from batchmark.records import Status
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.memory import CLAIM
from batchmark.studies.laboratory.parts import Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import made, timed

_BASE = 700 * 2**20


def judged(peak: Callable[[int], float], *, spread: float = 0.0) -> Finding:
    generator = np.random.default_rng(8)

    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        # Processes differ upward only: what a process needs is the least it can do with.
        return timed(part, lambda _: 0.1, peak=lambda size: int(peak(size) + spread * generator.exponential()))

    return CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed


def test_peaks_that_rise_with_the_batch_confirm_it() -> None:
    finding = judged(lambda size: _BASE + 100_000 * size, spread=2e6)

    assert finding.answer is Answer.CONFIRMED
    slope = finding.conditions[1].estimate
    assert slope.low is not None
    assert slope.high is not None
    assert slope.low < 100_000 < slope.high
    assert "an example: +14 % of the peak from 16 to 1024" in finding.sentence


def test_peaks_that_are_all_alike_refute_it() -> None:
    assert judged(lambda _: _BASE, spread=5e5).answer is Answer.REFUTED


def test_peaks_that_fall_refute_it() -> None:
    assert judged(lambda size: _BASE - 100_000 * size, spread=2e6).answer is Answer.REFUTED


def test_processes_that_differ_too_much_leave_it_open() -> None:
    assert judged(lambda size: _BASE + 10_000 * size, spread=1e8).answer is Answer.INCONCLUSIVE


def test_the_growth_is_of_the_peak_at_the_smallest_size() -> None:
    finding = judged(lambda size: _BASE * (1 + 0.1 * (size - 16) / 1008))

    assert finding.conditions[0].estimate.value == pytest.approx(0.1, rel=1e-3)


def test_a_size_that_failed_is_said_and_the_rest_is_judged() -> None:
    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        found = timed(part, lambda _: 0.1, peak=lambda size: _BASE + 100_000 * size)
        *others, last = found.records
        return replace(found, records=(*others, replace(last, peak_host_bytes=None, status=Status.FAILED)))

    finding = CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed

    assert finding.answer is Answer.CONFIRMED
    assert "No peak memory at 1024: failed." in finding.notes


def test_without_memory_it_is_untested() -> None:
    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        return timed(part, lambda _: 0.1)

    with pytest.raises(MissingPartError, match="0 batch sizes"):
        CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed
