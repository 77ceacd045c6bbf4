import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.growing_batch import CLAIM, DECAYED, GROWN, UNCHANGED
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, followed, made, skewed


def world(
    *,
    accuracy: float = 0.0,
    loss: float = 0.0,
    curve: float = 0.0,
    unchanged: float = 0.05,
    noise: float = 0.004,
    diverged: int = 0,
) -> World:
    """Trainings with a growing batch differ by so much from those with a decayed rate; `curve` is that of one look.

    `diverged` of the trainings with a growing batch diverge.
    """
    generator = np.random.default_rng(19)

    def answer(part: Part) -> Obtained:
        assert isinstance(part, Arm)
        is_grown = part == GROWN
        quality = 0.82 + accuracy * is_grown + skewed(generator, part.seeds, noise)
        end = 0.4 + loss * is_grown + unchanged * (part == UNCHANGED) - skewed(generator, part.seeds, noise)
        end[: diverged if is_grown else 0] = np.nan
        return followed(
            part,
            quality,
            loss=end,
            validation_loss=lambda look: (
                end * 0
                + 0.4
                + 0.5 / (look + 1)
                + curve * (is_grown and look == 10)
                + skewed(generator, part.seeds, noise)
            ),
        )

    return answer


def judged(**fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def answers(finding: Finding) -> list[Answer]:
    """Return those on accuracy, loss and curve."""
    return [each.answer for each in finding.conditions if each.answer]


def test_the_same_end_by_the_same_curve_confirms_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert answers(finding) == [Answer.CONFIRMED] * 3
    assert finding.seeds == 200
    assert "with 4,760 updates in place of 12,600" in finding.sentence


def test_fewer_updates_stand_beside_unjudged() -> None:
    (updates,) = [each for each in judged().conditions if each.what.startswith("updates")]

    assert updates.answer is None
    assert updates.estimate.value == pytest.approx(12_600 / 4_760)


@pytest.mark.parametrize(("field", "index", "off"), [("accuracy", 0, -0.03), ("loss", 1, 0.03), ("curve", 2, 0.03)])
def test_a_difference_in_one_of_them_refutes_it(field: str, index: int, off: float) -> None:
    finding = judged(**{field: off})

    assert finding.answer is Answer.REFUTED
    assert answers(finding)[index] is Answer.REFUTED


def test_a_curve_that_differs_before_the_change_is_not_told_by_this() -> None:
    looks = GROWN.course.phases[0].epochs // GROWN.course.epochs_per_look

    assert looks < 10


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    assert judged(noise=0.1).answer is Answer.INCONCLUSIVE


def test_trainings_that_diverged_on_one_side_are_a_difference() -> None:
    finding = judged(diverged=30)

    assert finding.diverged == 30
    assert answers(finding)[0] is Answer.REFUTED


@pytest.mark.parametrize("unchanged", [0.05, -0.05])
def test_a_control_that_ends_elsewhere_can_tell_a_schedule_from_none(unchanged: float) -> None:
    finding = judged(unchanged=unchanged)

    assert finding.answer is Answer.CONFIRMED
    assert "so the experiment can tell a schedule from none" in finding.sentence


def test_equal_ends_confirm_nothing_where_neither_schedule_ends_the_same_too() -> None:
    finding = judged(unchanged=0.0)

    assert finding.answer is Answer.INCONCLUSIVE
    assert answers(finding) == [Answer.CONFIRMED] * 3
    assert "the experiment can't tell a schedule from none" in finding.sentence


def test_nor_where_it_is_not_settled_whether_neither_ends_the_same() -> None:
    finding = judged(unchanged=0.01)

    assert finding.answer is Answer.INCONCLUSIVE
    assert answers(finding) == [Answer.CONFIRMED] * 3
    assert "it is not shown that the experiment could tell" in finding.sentence


def test_a_control_that_ends_the_same_does_not_take_back_a_refutation() -> None:
    assert judged(unchanged=0.0, loss=0.03).answer is Answer.REFUTED


@pytest.mark.parametrize("lost", CLAIM.parts)
def test_nothing_may_be_missing_the_control_neither(lost: Part) -> None:
    made_up = world()

    with pytest.raises(MissingPartError, match="over budget"):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == lost else made_up(part)))


def test_what_grows_and_what_decays_have_one_noise_scale_throughout() -> None:
    for grown, decayed in zip(GROWN.course.phases, DECAYED.course.phases, strict=True):
        assert grown.learning_rate
        assert decayed.learning_rate
        assert grown.epochs == decayed.epochs
        assert grown.learning_rate / grown.batch_size == pytest.approx(decayed.learning_rate / decayed.batch_size)
    assert [phase.batch_size for phase in GROWN.course.phases] == [8, 40, 200, 500]
