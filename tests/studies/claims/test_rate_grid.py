from collections.abc import Callable

import numpy as np
import pytest

from batchmark.studies.claims.blobs_grid import RATES, arm
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.rate_grid import AT_OTHERS, CLAIM, OTHERS, SIZES, either
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, made, skewed
from reaching_made import reaching

BestRate = Callable[[int], float]


def linearly(size: int) -> float:
    return 0.01 * size / 32


def as_claimed_first(size: int) -> float:
    return 0.01 if size == 32 else 0.08


def world(
    best: BestRate, *, steepness: float = 0.02, noise: float = 0.004, diverged_at: tuple[float, ...] = ()
) -> World:
    """Losses rise with the squared distance from the best rate in doublings; at some rates every training diverges."""
    generator = np.random.default_rng(13)

    def answer(part: Part) -> Obtained:
        assert isinstance(part, Arm)
        phase = part.course.phases[0]
        assert phase.learning_rate
        off = float(np.log2(phase.learning_rate / best(phase.batch_size)))
        # What a seed has it has at every rate, too.
        loss = 0.4 + steepness * off**2 + np.linspace(-0.02, 0.02, part.seeds) - skewed(generator, part.seeds, noise)
        if phase.learning_rate in diverged_at:
            loss = np.full(part.seeds, np.nan)
        return reaching(part, 0, losses=loss)

    return answer


def judged(best: BestRate, **fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(best, **fields)))  # type: ignore[arg-type]  # a test's own


def best_of(finding: Finding) -> dict[str, Answer | None]:
    """Return the answers on single rates, by rate and size."""
    shown = [each for each in finding.conditions if each.what.startswith("loss of")]
    return {f"{each.what.split()[2]} at {each.what.split()[-1]}": each.answer for each in shown}


def follows(finding: Finding) -> Answer | None:
    (condition,) = [each for each in finding.conditions if "doublings" in each.what and "epochs" in each.what]
    return condition.answer


def test_a_best_rate_in_proportion_to_the_size_confirms_the_linear_rule_and_refutes_the_other() -> None:
    finding = judged(linearly)

    assert follows(finding) is Answer.CONFIRMED
    assert best_of(finding)["0.01 at 32"] is Answer.CONFIRMED
    assert {best_of(finding)[f"0.08 at {size}"] for size in OTHERS} == {Answer.REFUTED}
    assert finding.answer is Answer.CONFIRMED
    assert "Of two statements that can't both hold, one does" in finding.sentence
    assert "0.08 at all others is refuted" in finding.sentence
    assert "in proportion to the size is confirmed" in finding.sentence


def test_one_rate_at_all_other_sizes_confirms_that_and_refutes_the_linear_rule() -> None:
    finding = judged(as_claimed_first)

    assert {best_of(finding)[name] for name in ("0.01 at 32", "0.08 at 8", "0.08 at 128", "0.08 at 500")} == {
        Answer.CONFIRMED
    }
    assert follows(finding) is Answer.REFUTED
    assert finding.answer is Answer.CONFIRMED
    assert "0.08 at all others is confirmed" in finding.sentence


def test_another_best_rate_at_the_reference_refutes_both_and_so_the_claim() -> None:
    finding = judged(lambda size: 4 * linearly(size) if size < 500 else 0.16)

    assert best_of(finding)["0.01 at 32"] is Answer.REFUTED
    assert finding.answer is Answer.REFUTED
    assert "neither does" in finding.sentence


def test_one_refuted_and_one_open_leave_it_open() -> None:
    # So far down the grid's edge hides how the best rate follows the size, and 0.01 stays as good as any at 32.
    finding = judged(lambda size: 0.01 if size == 32 else RATES[0])

    assert best_of(finding)["0.08 at 8"] is Answer.REFUTED
    assert follows(finding) is Answer.INCONCLUSIVE
    assert finding.answer is Answer.INCONCLUSIVE
    assert "not settled whether one does" in finding.sentence


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Answer.CONFIRMED, Answer.REFUTED, Answer.CONFIRMED),
        (Answer.INCONCLUSIVE, Answer.CONFIRMED, Answer.CONFIRMED),
        (Answer.REFUTED, Answer.REFUTED, Answer.REFUTED),
        (Answer.REFUTED, Answer.INCONCLUSIVE, Answer.INCONCLUSIVE),
        (Answer.INCONCLUSIVE, Answer.INCONCLUSIVE, Answer.INCONCLUSIVE),
    ],
)
def test_of_two_that_cannot_both_hold_one_is_enough(one: Answer, other: Answer, expected: Answer) -> None:
    assert either(one, other) is expected
    assert either(other, one) is expected


def test_rates_of_the_linear_rule_stand_beside_unjudged() -> None:
    finding = judged(linearly)

    assert best_of(finding)["0.0025 at 8"] is None
    assert "0.0025 at 8, 0.04 at 128 and 0.16 at 500" in finding.notes[1]


def test_two_rates_that_differ_by_less_than_matters_are_both_best() -> None:
    finding = judged(lambda size: 0.01 if size == 32 else 0.08 * 2**0.45, steepness=0.008)

    assert best_of(finding)["0.08 at 128"] is Answer.CONFIRMED


@pytest.mark.parametrize(("factor", "expected"), [(1.0, Answer.CONFIRMED), (1 / 16, Answer.INCONCLUSIVE)])
def test_where_best_rates_lie_at_the_edge_how_they_follow_the_size_is_not_known(
    factor: float, expected: Answer
) -> None:
    assert follows(judged(lambda size: factor * linearly(size))) is expected


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    finding = judged(as_claimed_first, steepness=0.0, noise=0.03)

    assert set(best_of(finding).values()) - {None} == {Answer.INCONCLUSIVE}


def test_a_best_rate_is_seldom_called_best_where_another_is_better_by_more_than_matters() -> None:
    finding = judged(lambda size: 0.01 if size == 32 else 0.16, steepness=0.006, noise=0.002)

    assert best_of(finding)["0.08 at 128"] is Answer.REFUTED
    (closest,) = [each for each in finding.conditions if each.what == "loss of 0.08 minus that of 0.16 at 128"]
    assert closest.estimate.value == pytest.approx(0.006, abs=0.001)


def test_a_rate_at_which_all_trainings_diverge_is_the_worst() -> None:
    finding = judged(as_claimed_first, diverged_at=(0.08, 0.16, 0.32))

    assert {best_of(finding)[f"0.08 at {size}"] for size in OTHERS} == {Answer.REFUTED}
    assert finding.diverged == 3 * 100 * len(SIZES)
    at_8 = next(each for each in finding.conditions if each.what.endswith("at 8"))
    assert at_8.estimate.value == np.inf


def test_sizes_at_which_everything_diverges_settle_nothing() -> None:
    finding = judged(as_claimed_first, diverged_at=RATES)

    assert finding.answer is Answer.INCONCLUSIVE
    assert "nan" not in " ".join((finding.sentence, *finding.notes))


def test_equal_updates_stand_beside_and_may_be_missing() -> None:
    made_up = world(linearly)
    lost = arm(500, AT_OTHERS, Budget.UPDATES)

    whole = CLAIM.judge(made(CLAIM.parts, made_up))
    finding = CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == lost else made_up(part)))

    assert any(each.what.endswith("equal updates") for each in whole.conditions)
    assert not any(each.what.endswith("equal updates") for each in finding.conditions)
    assert "Not shown at equal updates: over budget." in finding.notes
    assert finding.answer is whole.answer


def test_equal_epochs_may_not_be_missing() -> None:
    made_up = world(linearly)

    with pytest.raises(MissingPartError):
        CLAIM.judge(
            made(CLAIM.parts, lambda part: "over budget" if part == arm(128, RATES[0]) else made_up(part)),
        )


def test_the_picture_has_a_line_a_size_over_all_rates() -> None:
    (picture,) = judged(linearly).pictures

    assert [line.name for line in picture.lines] == [str(size) for size in SIZES]
    assert all(line.x == RATES for line in picture.lines)
