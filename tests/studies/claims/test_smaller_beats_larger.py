import numpy as np
import pytest

from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.smaller_beats_larger import CLAIM, SIZES
from batchmark.studies.laboratory.parts import Arm, Part, Tuned
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, arm_of, made, skewed, trained

Losses = dict[int, float]
AT_ONE_RATE: Losses = {64: 0.41, 256: 0.43, 1024: 0.5}
IN_PROPORTION: Losses = {64: 0.41, 256: 0.403, 1024: 0.4045}


def world(
    fixed: Losses = AT_ONE_RATE,
    linear: Losses = IN_PROPORTION,
    *,
    off: float = 0.0,
    noise: float = 0.004,
    diverged: int = 0,
) -> World:
    """Losses at the end by size; curves at rates in proportion are `off` by so much at 1024 in the middle.

    Of the trainings at 1024 at a rate in proportion, so many diverge.
    """
    generator = np.random.default_rng(17)

    def answer(part: Part) -> Obtained:
        arm = arm_of(part)
        (phase,) = arm.course.phases
        size, rate = phase.batch_size, phase.learning_rate or 0.0
        is_linear = isinstance(part, Arm) and rate == 0.01 * size / 64 and size > 64
        end = np.full(arm.seeds, (linear if is_linear else fixed)[size]) + skewed(generator, arm.seeds, noise)
        if is_linear and size == 1024:
            end[:diverged] = np.nan

        def along(look: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            early = 2.0 / (look + 1) ** 3 * np.log2(size)
            middle = off if is_linear and size == 1024 and look == 10 else 0.0
            own = end * 0 if is_linear else end - 0.41
            return np.asarray(own + 0.41 + early * (look < 2) + middle + skewed(generator, arm.seeds, noise))

        return trained(part, 0.82, loss=end, validation_loss=along)

    return answer


def judged(*losses: Losses, **fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(*losses, **fields)))  # type: ignore[arg-type]  # a test's own


def answers(finding: Finding) -> list[Answer]:
    """Return those of the order, of the curves and of the losses, two each."""
    return [each.answer for each in finding.conditions if each.answer]


def test_the_claimed_order_curves_and_losses_confirm_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert answers(finding) == [Answer.CONFIRMED] * 6
    assert finding.seeds == 100
    assert "smaller is better" in finding.sentence


def test_another_order_at_one_rate_refutes_it() -> None:
    assert answers(judged({64: 0.43, 256: 0.41, 1024: 0.5}))[:2] == [Answer.REFUTED, Answer.CONFIRMED]


def test_an_order_that_makes_no_difference_refutes_it() -> None:
    assert answers(judged({64: 0.41, 256: 0.41, 1024: 0.5}))[0] is Answer.REFUTED


def test_curves_apart_at_one_look_refute_it_however_they_end() -> None:
    finding = judged(off=0.05)

    assert answers(finding)[2:] == [Answer.CONFIRMED, Answer.REFUTED, Answer.CONFIRMED, Answer.CONFIRMED]
    assert any("at 1024" in each.what and "after epoch 11" in each.what for each in finding.conditions)


def test_losses_that_are_not_lower_refute_it() -> None:
    finding = judged(AT_ONE_RATE, {64: 0.41, 256: 0.411, 1024: 0.42})

    assert answers(finding)[4:] == [Answer.REFUTED, Answer.REFUTED]


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    assert judged(noise=0.1).answer is Answer.INCONCLUSIVE


def test_trainings_that_diverged_are_the_worst() -> None:
    finding = judged(diverged=70)

    assert finding.diverged == 70
    assert answers(finding)[5] is Answer.REFUTED


def test_other_budgets_and_rates_stand_beside_unjudged() -> None:
    finding = judged()

    beside = [each.what for each in finding.conditions if each.answer is None]
    for where in ("equal updates, fixed rate", "equal epochs, tuned rate"):
        assert sum(what.endswith(where) for what in beside) == 2
    assert any(note.startswith("Tuned rates, equal epochs: ") for note in finding.notes)


def test_what_stands_beside_may_be_missing() -> None:
    made_up = world()
    finding = CLAIM.judge(
        made(CLAIM.parts, lambda part: "over budget" if isinstance(part, Tuned) else made_up(part)),
    )

    assert finding.answer is Answer.CONFIRMED
    assert "Not shown at equal epochs, tuned rate: over budget." in finding.notes


def test_what_is_judged_may_not() -> None:
    made_up = world()

    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == CLAIM.parts[0] else made_up(part)))


def test_updates_are_equal_within_one_in_a_hundred_where_that_is_said() -> None:
    arms = [part for part in CLAIM.parts if isinstance(part, Arm) and part.course.phases[0].learning_rate == 0.01]
    updates = {(part.course.phases[0].batch_size, part.course.epochs): 0 for part in arms}
    for size, epochs in updates:
        updates[size, epochs] = epochs * -(-8000 // size)

    assert updates[64, 20] == 2500
    assert {size for size, epochs in updates if abs(updates[size, epochs] - 2500) <= 25} == set(SIZES)
