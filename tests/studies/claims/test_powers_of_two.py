import numpy as np
import pytest

from batchmark.records import Cell
from batchmark.studies.claims.blobs_arms import papers
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.powers_of_two import CLAIM
from batchmark.studies.laboratory.parts import Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import arm_of, followed, made, skewed, timed
from synthetic import steps_of

_POWERS = {16, 32, 64, 128}


def judged(
    gain: float = 0.0, *, noise: float = 0.02, worse: float = 0.0, diverged: int = 0, missing: str = ""
) -> Finding:
    """Powers take 1 - `gain` of the time; the neighbours of 32 train worse by `worse`; of 31 so many diverge."""
    generator = np.random.default_rng(11)

    def seconds(cell: Cell) -> float:
        return (0.02 + 0.0005 * steps_of(cell.batch_size)) * (1 - gain * (cell.batch_size in _POWERS))

    def world(part: Part) -> object:
        if isinstance(part, Timing):
            # Spikes upward: no normal noise.
            return timed(part, seconds, noise=noise * generator.gamma(0.7, 1.5, (12, part.turns)))
        if missing:
            return missing
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        quality = 0.82 - worse * (size != 32) + skewed(generator, arm.seeds, 0.003)
        quality[: diverged if size == 31 else 0] = np.nan
        return followed(arm, quality)

    return CLAIM.judge(made(CLAIM.parts, world))  # type: ignore[arg-type]  # as the parts are


def test_powers_that_are_faster_confirm_it() -> None:
    finding = judged(gain=0.08)

    assert finding.answer is Answer.CONFIRMED
    assert "16, 32, 64 and 128 are faster than their neighbours" in finding.sentence
    assert finding.seeds == 40


def test_powers_that_are_alike_refute_it() -> None:
    finding = judged(noise=0.01)

    assert finding.answer is Answer.REFUTED
    assert "not faster than their neighbours by as much as 2 %" in finding.sentence
    assert "31 and 33 differ from 32 by no more than the margin" in finding.sentence


def test_a_gain_that_does_not_matter_refutes_it() -> None:
    finding = judged(gain=0.008, noise=0.001)

    assert finding.conditions[0].estimate.high is not None
    assert finding.conditions[0].estimate.high < 1
    assert finding.answer is Answer.REFUTED


def test_noise_that_hides_what_would_matter_leaves_it_open() -> None:
    finding = judged(noise=0.15)

    assert finding.answer is Answer.INCONCLUSIVE


def test_powers_that_are_slower_refute_it() -> None:
    assert judged(gain=-0.08).answer is Answer.REFUTED


def test_accuracy_stands_beside_and_does_not_decide() -> None:
    finding = judged(gain=0.08, worse=0.05)

    assert finding.answer is Answer.CONFIRMED
    assert "31 is worse and 33 is worse than 32 by more than the margin" in finding.sentence
    assert all(condition.answer is None for condition in finding.conditions[1:])


def test_neighbours_that_diverge_are_counted() -> None:
    finding = judged(diverged=40)

    assert finding.diverged == 40
    assert "31 is worse than 32 by more than the margin" in finding.sentence


def test_neighbours_that_train_better_are_not_called_worse() -> None:
    sentence = judged(gain=0.08, worse=-0.05).sentence

    assert "31 is better and 33 is better than 32 by more than the margin" in sentence
    assert "worse" not in sentence


def test_trainings_that_are_missing_do_not_leave_it_untested() -> None:
    finding = judged(missing="over budget")

    assert finding.answer is Answer.REFUTED
    assert finding.diverged == 0
    assert "Accuracy is not shown: over budget." in finding.notes


def test_a_timing_that_is_missing_does() -> None:
    results = made(CLAIM.parts, lambda part: "stopped" if isinstance(part, Timing) else followed(papers(32), 0.8))

    with pytest.raises(MissingPartError, match="stopped"):
        CLAIM.judge(results)


def test_the_contrasts_of_the_four_powers_are_shown_each() -> None:
    finding = judged(gain=0.08)

    each = [condition for condition in finding.conditions if condition.what.endswith("relative to the same")]
    assert len(each) == 4
    assert all(condition.estimate.value == pytest.approx(0.92, abs=0.03) for condition in each)
