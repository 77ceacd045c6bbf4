from dataclasses import replace

import numpy as np
import pytest

from batchmark.records import Cell, Status
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.recurrent import CLAIM
from batchmark.studies.laboratory.parts import Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import made, timed


def judged(
    by_fit: float, compiled: float, *, noise: float = 0.05, device: str = "CPU", turns: int | None = None
) -> Finding:
    """Throughput from 1 to 32 rises so many times, by loop."""
    generator = np.random.default_rng(9)

    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        logs = noise * generator.gamma(0.7, 1.5, (4, turns or part.turns))

        def seconds(cell: Cell) -> float:
            return 0.05 * (1.0 if cell.batch_size > 1 else by_fit if cell.loop == "fit" else compiled)

        return timed(part, seconds, noise=logs, device=device, turns=turns)

    return CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed


@pytest.mark.parametrize("rise", [0.5, 5.0, 50.0])
def test_on_a_cpu_no_rise_settles_what_is_said_of_other_devices(rise: float) -> None:
    finding = judged(rise, rise)

    assert finding.answer is Answer.INCONCLUSIVE
    assert {each.answer for each in finding.conditions} == {None}
    assert "On this CPU" in finding.sentence
    assert f"{finding.conditions[0].estimate.value:.1f} × [" in finding.sentence
    assert "22.9 × of a GPU and 3.2 × of a TPU can't be judged by that: neither device is here" in finding.sentence


def test_on_a_gpu_it_takes_at_least_what_is_claimed_of_a_gpu() -> None:
    assert judged(20.0, 5.0, device="GPU").answer is Answer.REFUTED
    finding = judged(90.0, 30.0, device="GPU")
    assert finding.answer is Answer.CONFIRMED
    assert "at least the 22.9 × of a GPU by fit and compiled" in finding.sentence


def test_on_a_tpu_it_takes_at_least_what_is_claimed_of_a_tpu() -> None:
    assert judged(20.0, 5.0, device="TPU").answer is Answer.CONFIRMED
    finding = judged(20.0, 2.0, device="TPU")
    assert finding.answer is Answer.REFUTED
    assert "at least the 3.2 × of a TPU by fit, and less by compiled" in finding.sentence


def test_noise_around_the_number_leaves_it_open() -> None:
    finding = judged(23.0, 22.9, noise=0.3, device="GPU")

    assert finding.answer is Answer.INCONCLUSIVE
    assert "not shown" in finding.sentence


def test_too_few_turns_leave_it_open() -> None:
    assert judged(50.0, 50.0, turns=4, device="GPU").answer is Answer.INCONCLUSIVE


def test_a_loop_that_diverged_leaves_it_untested() -> None:
    def world(part: Part) -> object:
        assert isinstance(part, Timing)
        found = timed(part, lambda _: 0.1)
        return replace(found, records=tuple(replace(each, status=Status.DIVERGED) for each in found.records))

    with pytest.raises(MissingPartError, match="diverged"):
        CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # a Timed
