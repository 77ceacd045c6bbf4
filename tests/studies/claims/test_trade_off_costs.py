from collections.abc import Callable, Mapping

import numpy as np
import pytest

from batchmark.studies.claims.blobs_grid import RATES, TARGET, TIMING
from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.studies.claims.trade_off_costs import CLAIM, EXAMPLES, SECONDS, UPDATES
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, made, timed
from reaching_made import reaching

Updates = Callable[[int], float]
BEST = {8: 0.01, 16: 0.01, 32: 0.02, 64: 0.02, 128: 0.04, 256: 0.08, 500: 0.16}


def traded(size: int) -> float:
    """Return the updates of a perfect trade-off: 30 at least, and 2,400 examples at least."""
    return 30 + 2400 / size


def world(
    updates: Updates,
    *,
    per_step: float = 1e-3,
    per_example: float = 1e-7,
    diverged: int = 0,
    best: Mapping[int, float] = BEST,
) -> World:
    """Updates at the best rate; three times as many at others. Of each arm of full batch so many seeds diverge."""
    generator = np.random.default_rng(11)

    def answer(part: Part) -> Obtained:
        if isinstance(part, Timing):
            noise = generator.normal(0, 0.02, (len(part.batch_sizes), part.turns))
            return timed(part, lambda cell: -(-500 // cell.batch_size) * per_step + 500 * per_example, noise=noise)
        assert isinstance(part, Arm)
        phase = part.course.phases[0]
        size = phase.batch_size
        needed = updates(size) * (1.0 if phase.learning_rate == best[size] else 3.0)
        own = needed * np.exp(generator.exponential(0.1, part.seeds) - 0.1)
        return reaching(part, own, diverged=diverged if size == 500 else 0)

    return answer


def judged(updates: Updates, **fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(updates, **fields)))  # type: ignore[arg-type]  # a test's own


def answers(finding: Finding, cost: str) -> set[Answer]:
    own = [each.answer for each in finding.conditions if each.answer and each.what.startswith(cost)]
    assert len(own) == 2
    return {each for each in own if each}


def examples_shown(finding: Finding) -> list[Condition]:
    return [each for each in finding.conditions if each.what.startswith(f"{EXAMPLES} to the loss {TARGET:g}")]


def test_a_trade_off_has_fewer_updates_and_seconds_and_its_more_examples_are_shown() -> None:
    finding = judged(traded)

    assert answers(finding, UPDATES) == {Answer.CONFIRMED}
    assert answers(finding, SECONDS) == {Answer.CONFIRMED}
    assert finding.answer is Answer.CONFIRMED
    shown = examples_shown(finding)
    assert [each.answer for each in shown] == [None, None]
    assert all(each.estimate.value > 2 for each in shown)
    assert "examples read, which are not judged, are" in finding.sentence


@pytest.mark.parametrize("size", [8, 32, 500])
def test_a_rate_at_the_edge_leaves_open_what_rests_on_it(size: int) -> None:
    edge = RATES[0] if size < 500 else RATES[-1]
    finding = judged(traded, best={**BEST, size: edge})

    against = {8: "at 8", 32: "at 32", 500: "over"}[size]
    rests = [each for each in finding.conditions if each.answer and against in each.what.split("at 500")[1]]
    assert len(rests) == (4 if size == 500 else 2)
    assert {each.answer for each in rests} == {Answer.INCONCLUSIVE}
    assert finding.answer is Answer.INCONCLUSIVE
    assert any(note.startswith("Left open") and f"{edge:g} at {size}," in note for note in finding.notes)


def test_a_rate_at_the_edge_that_is_not_judged_leaves_nothing_open() -> None:
    finding = judged(traded, best={**BEST, 128: RATES[-1]})

    assert finding.answer is Answer.CONFIRMED
    assert not any(note.startswith("Left open") for note in finding.notes)


def test_larger_batches_that_cost_less_of_everything_confirm_it() -> None:
    finding = judged(lambda size: 90_000 / size**1.4)

    assert finding.answer is Answer.CONFIRMED


def test_updates_that_cost_as_much_as_their_examples_take_longer() -> None:
    finding = judged(traded, per_step=1e-9, per_example=1e-5)

    assert Answer.REFUTED in answers(finding, SECONDS)


def test_looks_that_are_too_far_apart_leave_it_open() -> None:
    # All within the first epoch, of 63 updates at 8, of 16 at 32 and of one at full batch.
    finding = judged(lambda _: 0.5)

    assert answers(finding, UPDATES) == {Answer.INCONCLUSIVE}


def test_the_trade_off_itself_stands_beside() -> None:
    finding = judged(traded)

    (balance,) = [each for each in finding.conditions if "twice the fewest" in each.what]
    assert balance.answer is None
    assert balance.estimate.value == pytest.approx(80, rel=0.15)


def test_trainings_that_diverged_never_get_there() -> None:
    finding = judged(traded, diverged=60)

    assert finding.diverged == 60
    assert finding.answer is Answer.REFUTED
    assert "60 of 80 seeds at 500" in finding.notes[1]
    assert "infinitely many times" in finding.sentence


def test_what_no_size_reaches_is_told_without_numbers_that_are_none() -> None:
    finding = judged(lambda _: 1e9)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "nan" not in " ".join((finding.sentence, *finding.notes))
    assert any(note.startswith("No trade-off") for note in finding.notes)


def test_pictures_go_by_batch_size() -> None:
    finding = judged(traded)

    assert [picture.y for picture in finding.pictures] == ["updates", "examples", "seconds"]
    assert all(picture.lines[0].x == (8, 16, 32, 64, 128, 256, 500) for picture in finding.pictures)


@pytest.mark.parametrize("missing", [TIMING, CLAIM.parts[3]])
def test_a_part_that_is_judged_can_t_be_missing(missing: Part) -> None:
    made_up = world(traded)

    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == missing else made_up(part)))
