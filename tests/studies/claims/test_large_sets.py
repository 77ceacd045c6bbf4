from collections.abc import Callable

import numpy as np
import pytest

from batchmark.studies.claims.blobs_grid import TIMING
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.large_sets import CLAIM
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, made, timed
from reaching_made import reaching

Updates = Callable[[str, int], float]
OVERHEAD = 0.001


def claimed(workload: str, size: int) -> float:
    """Full batch needs few updates in the small set, and as many in the large one, where 32 soon gets there."""
    return {("blobs", 500): 25, ("blobs", 32): 130, ("blobs-8000", 8000): 140, ("blobs-8000", 32): 300}[workload, size]


def world(
    updates: Updates, *, per_example: float = 1e-6, spread: float = 0.15, diverged: int = 0, best: float = 0.08
) -> World:
    """Updates to any loss at the best rate; twice as many at other rates; a step costs overhead and its examples.

    `best` is that of the larger set's full batch.

    Of each arm of full batch so many seeds diverge.
    """
    generator = np.random.default_rng(7)

    def answer(part: Part) -> Obtained:
        if isinstance(part, Timing):
            examples = 8000 if part.workload == "blobs-8000" else 500
            noise = generator.normal(0, 0.03, (len(part.batch_sizes), part.turns))
            return timed(
                part, lambda cell: -(-examples // cell.batch_size) * OVERHEAD + examples * per_example, noise=noise
            )
        assert isinstance(part, Arm)
        phase = part.course.phases[0]
        best_of = {500: 0.08, 8000: best}
        off = 1.0 if phase.learning_rate == best_of.get(phase.batch_size, 0.02) else 2.0
        needed = off * updates(part.workload, phase.batch_size)
        lost = diverged if phase.batch_size >= 500 else 0
        return reaching(part, needed * np.exp(generator.exponential(spread, part.seeds) - spread), diverged=lost)

    return answer


def judged(updates: Updates, **fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(updates, **fields)))  # type: ignore[arg-type]  # a test's own


def test_full_batch_that_is_faster_in_the_small_set_and_slow_in_the_large_one_confirms_it() -> None:
    finding = judged(claimed, per_example=5e-6)

    assert finding.answer is Answer.CONFIRMED
    small, large = finding.conditions[:2]
    # 25 updates of 3.5 ms against 130 of 1.16 ms; 140 of 41 ms against 300 of 1.16 ms.
    assert small.estimate.low is not None
    assert large.estimate.low is not None
    assert small.estimate.low < 25 * 3.5 / (130 * 1.16) < (small.estimate.high or 0) < 1
    assert 2 < large.estimate.low < 140 * 41 / (300 * 1.16) < (large.estimate.high or 0)
    assert finding.seeds == 30


def test_full_batch_that_is_slower_in_the_small_set_refutes_it() -> None:
    finding = judged(lambda workload, size: 150 if (workload, size) == ("blobs", 500) else claimed(workload, size))

    assert finding.answer is Answer.REFUTED
    assert finding.conditions[0].answer is Answer.REFUTED
    assert "so it isn't the fastest" in finding.sentence


def test_full_batch_that_is_fast_in_the_large_set_too_refutes_it() -> None:
    finding = judged(
        lambda workload, size: 20 if size == 8000 else 1200 if "8000" in workload else claimed("blobs", size)
    )

    assert finding.conditions[1].answer is Answer.REFUTED


def test_looks_that_are_too_far_apart_to_tell_leave_it_open() -> None:
    # In the first epoch of 32: anything from nothing to 250 updates.
    finding = judged(
        lambda workload, size: 15 if size == 8000 else 40 if "8000" in workload else claimed("blobs", size)
    )

    assert finding.conditions[1].answer is Answer.INCONCLUSIVE
    assert finding.conditions[1].estimate.high == np.inf
    assert finding.answer is Answer.INCONCLUSIVE


def test_trainings_that_diverged_never_get_there() -> None:
    finding = judged(lambda workload, size: 60 if size == 8000 else claimed(workload, size), diverged=28)

    assert finding.diverged == 56
    assert finding.conditions[1].estimate.value == np.inf
    assert "28 of 30 seeds at 8000" in finding.notes[1]
    assert "infinitely many times" in finding.sentence


def test_no_note_tells_of_numbers_that_are_none() -> None:
    finding = judged(lambda _, __: 1e9)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "nan" not in " ".join((finding.sentence, *finding.notes))


def test_the_rate_at_the_edge_is_said() -> None:
    finding = judged(claimed, best=0.32)

    assert "0.32 at 8000; the edge of what was tried at 8000" in finding.notes[1]


def test_a_rate_at_the_edge_leaves_open_what_an_interval_would_settle() -> None:
    inside, edge = (judged(claimed, per_example=5e-6, best=best) for best in (0.08, 0.32))

    assert [each.answer for each in inside.conditions[:2]] == [Answer.CONFIRMED, Answer.CONFIRMED]
    assert [each.answer for each in edge.conditions[:2]] == [Answer.CONFIRMED, Answer.INCONCLUSIVE]
    assert edge.conditions[1].estimate.low is not None
    assert edge.conditions[1].estimate.low > 2
    assert edge.answer is Answer.INCONCLUSIVE
    assert any(note.startswith("8,000 examples: Left open") and "0.32 at 8000," in note for note in edge.notes)


def test_pictures_are_of_both_sets() -> None:
    finding = judged(claimed)

    assert [picture.title for picture in finding.pictures] == [
        "Validation loss, 500 examples",
        "Validation loss, 8,000 examples",
    ]
    assert all(len(picture.lines) == 2 and picture.lines[0].x for picture in finding.pictures)


@pytest.mark.parametrize("missing", [TIMING, CLAIM.parts[0]])
def test_a_part_that_is_judged_can_t_be_missing(missing: Part) -> None:
    made_up = world(claimed)

    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == missing else made_up(part)))
