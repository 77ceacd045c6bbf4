import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.rate_and_momentum import BASE, CLAIM, MARGIN, MATCHED, UNMATCHED
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, followed, made, skewed

RATE, MOMENTUM = MATCHED


def world(
    *,
    accuracy: tuple[float, float] = (-0.006, -0.004),
    curve: tuple[float, float] = (0.0, 0.0),
    unmatched: float = 0.05,
    noise: float = 0.004,
    diverged: int = 0,
) -> World:
    """Accuracy and curve differ by so much from the base's, where the rate and where the momentum is matched.

    `diverged` of the trainings at the matched rate diverge.
    """
    generator = np.random.default_rng(23)
    off = {
        BASE.arm: (0.0, 0.0),
        RATE.arm: (accuracy[0], curve[0]),
        MOMENTUM.arm: (accuracy[1], curve[1]),
        UNMATCHED.arm: (0.0, unmatched),
    }

    def answer(part: Part) -> Obtained:
        assert part in off
        quality_off, curve_off = off[part]
        seeds = BASE.arm.seeds
        end = 0.4 - skewed(generator, seeds, noise)
        end[: diverged if part == RATE.arm else 0] = np.nan
        return followed(
            part,
            0.82 + quality_off + skewed(generator, seeds, noise),
            loss=end,
            # Early on it goes its own way.
            validation_loss=lambda look: (
                end * 0 + 0.4 + (curve_off or 0.2 * (look < 1) * (part != BASE.arm)) + skewed(generator, seeds, noise)
            ),
        )

    return answer


def judged(**fields: object) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def answers(finding: Finding) -> list[Answer]:
    """Return those on both curves, and on both accuracies."""
    return [each.answer for each in finding.conditions if each.answer]


def test_the_same_curves_at_slightly_lower_accuracies_confirm_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert answers(finding) == [Answer.CONFIRMED] * 4
    assert finding.seeds == 200
    assert "the same curve" in finding.sentence
    assert finding.sentence.count(f"the same accuracy (±{MARGIN}), slightly lower") == 2


@pytest.mark.parametrize("off", [0.0, 0.005])
def test_an_accuracy_that_is_not_lower_is_said_and_leaves_the_rule_of_scaling_confirmed(off: float) -> None:
    finding = judged(accuracy=(off, -0.004))

    assert finding.answer is Answer.CONFIRMED
    assert f"the same accuracy (±{MARGIN}), not slightly lower" in finding.sentence
    assert f"the same accuracy (±{MARGIN}), slightly lower" in finding.sentence


def test_another_curve_refutes_it() -> None:
    assert answers(judged(curve=(0.0, 0.03)))[:2] == [Answer.CONFIRMED, Answer.REFUTED]


@pytest.mark.parametrize("off", [0.03, -0.03])
def test_an_accuracy_that_is_off_by_more_than_the_margin_refutes_it(off: float) -> None:
    finding = judged(accuracy=(off, -0.004))

    assert finding.answer is Answer.REFUTED
    assert answers(finding)[2:] == [Answer.REFUTED, Answer.CONFIRMED]


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    assert judged(noise=0.08).answer is Answer.INCONCLUSIVE


def test_trainings_that_diverged_are_the_worst_of_curves_and_accuracies() -> None:
    finding = judged(diverged=150)

    assert finding.diverged == 150
    assert answers(finding) == [Answer.REFUTED, Answer.CONFIRMED, Answer.REFUTED, Answer.CONFIRMED]


def test_a_larger_batch_alone_that_goes_elsewhere_shows_that_matching_can_be_told() -> None:
    assert "so the experiment can tell a batch that is matched from one that isn't" in judged().sentence


def test_the_same_curves_confirm_nothing_where_a_larger_batch_alone_has_the_same_too() -> None:
    finding = judged(unmatched=0.0)

    assert finding.answer is Answer.INCONCLUSIVE
    assert answers(finding) == [Answer.CONFIRMED] * 4
    assert "the experiment can't tell a batch that is matched from one that isn't" in finding.sentence


def test_nor_where_it_is_not_settled_whether_a_larger_batch_alone_has() -> None:
    finding = judged(unmatched=0.01)

    assert finding.answer is Answer.INCONCLUSIVE
    assert answers(finding) == [Answer.CONFIRMED] * 4
    assert "it is not shown that the experiment could tell" in finding.sentence


def test_a_control_that_is_the_same_does_not_take_back_a_refutation() -> None:
    assert judged(unmatched=0.0, curve=(0.0, 0.03)).answer is Answer.REFUTED


@pytest.mark.parametrize("lost", CLAIM.parts)
def test_nothing_may_be_missing_the_control_neither(lost: Part) -> None:
    made_up = world()

    with pytest.raises(MissingPartError, match="over budget"):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == lost else made_up(part)))


def test_all_that_is_matched_has_the_bases_noise_scale_and_what_is_not_has_another() -> None:
    assert [each.noise_scale for each in MATCHED] == pytest.approx([BASE.noise_scale] * 2)
    assert UNMATCHED.noise_scale < BASE.noise_scale / 2
    assert MOMENTUM.arm.settings == (("momentum", 0.95),)
    assert RATE.arm.settings == ()
