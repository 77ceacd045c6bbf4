import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.course import TRAINING_LOSS
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.claims.critical_batch_follows_loss import CLAIM, EASIER, SIZES, SLOPE
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import Obtained, World, followed, looks_of, made

Numbers = NDArray[np.float64]


def balance_at(losses: Numbers, *, power: float = SLOPE) -> Numbers:
    """Return the batch size at which updates and examples to a loss are both twice the fewest."""
    return np.asarray(40.0 * (losses / 2) ** power)


def world(
    *,
    power: float = SLOPE,
    proxy: float = 1.0,
    measured_power: float = SLOPE,
    unlike: float = 0.03,
    diverged: int = 0,
    slow: float = 1.0,
) -> World:
    """A noise scale that goes with a power of the loss, and is `proxy` times the balance that is measured.

    The loss falls with what an update brings: 1 / (1 + balance / size) of that of a batch however large. Of the
    trainings whose noise is looked at, so many diverge.
    """
    generator = np.random.default_rng(29)

    def trained(arm: Arm) -> Obtained:
        (phase,) = arm.course.phases
        steps, _ = looks_of(arm)
        rate = phase.learning_rate or 0.0
        # The rate in the middle of three is the best one.
        off = abs(np.log2(rate / (0.01 * np.sqrt(phase.batch_size / 32))))
        own = np.exp(generator.exponential(unlike, arm.seeds) - unlike) * slow * (1 + off)
        losses = np.linspace(3.2, 1.5, 400)
        # Updates that it takes at this size to each loss: the fewest, times 1 + balance / size.
        needed = 18 * (3.3 - losses) ** 2 * (1 + balance_at(losses, power=measured_power) / phase.batch_size)
        return followed(arm, -2.0, loss=2.0, validation_loss=lambda look: np.interp(steps[look] / own, needed, losses))

    def looked_at(arm: Arm) -> Obtained:
        loss = np.linspace(2.8, 1.6, 30)
        scale = proxy * balance_at(loss, power=power)
        length = np.exp(generator.normal(0, 0.05, arm.seeds))
        lost = np.where(np.arange(arm.seeds) < diverged, np.nan, 1.0)

        def squared(size: int, look: int) -> Numbers:
            noise = np.exp(generator.normal(0, unlike, arm.seeds))
            return np.asarray(lost * length * (1 + scale[look] * (1 / size - 1 / 640)) * noise)

        return followed(
            arm,
            -1.6,
            loss=1.6 * lost,
            validation_loss=lambda look: loss[look] * lost,
            observed={
                "noise/small_squared": lambda look: squared(8, look),
                "noise/large_squared": lambda look: squared(128, look),
                TRAINING_LOSS: lambda look: loss[look] * lost,
            },
        )

    def answer(part: Part) -> Obtained:
        assert isinstance(part, Arm)
        return looked_at(part) if part.instruments else trained(part)

    return answer


def judged(**fields: float) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def answers(finding: Finding) -> list[Answer]:
    """Return those on the slope, on the growth, and on the proxy at both losses."""
    return [each.answer for each in finding.conditions if each.answer]


def test_a_noise_scale_and_a_critical_size_that_follow_the_loss_confirm_it() -> None:
    finding = judged()

    assert answers(finding) == [Answer.CONFIRMED] * 4
    assert finding.answer is Answer.CONFIRMED
    assert "as claimed" in finding.sentence


def test_a_noise_scale_that_does_not_follow_the_loss_refutes_it() -> None:
    assert answers(judged(power=0.0))[0] is Answer.REFUTED


def test_a_noise_scale_that_is_far_from_the_measured_size_refutes_it() -> None:
    finding = judged(proxy=6.0)

    assert answers(finding)[0] is Answer.CONFIRMED
    assert answers(finding)[2:] == [Answer.REFUTED, Answer.REFUTED]


def test_a_measured_size_that_falls_with_the_loss_refutes_it() -> None:
    assert answers(judged(measured_power=2.0))[1] is Answer.REFUTED


def test_seeds_that_differ_too_much_leave_it_open() -> None:
    assert judged(unlike=0.7).answer is Answer.INCONCLUSIVE


def test_trainings_that_diverged_are_counted_and_never_averaged_in() -> None:
    finding = judged(diverged=3)

    assert finding.diverged == 3
    assert answers(finding)[0] is Answer.CONFIRMED


def test_losses_that_are_not_reached_leave_it_open_in_words() -> None:
    finding = judged(slow=200.0)

    assert finding.answer is Answer.INCONCLUSIVE
    assert any(note.startswith("No loss up to") for note in finding.notes)
    assert "nan" not in " ".join((finding.sentence, *finding.notes))


def test_the_second_loss_is_so_much_easier_that_the_law_tells_them_apart() -> None:
    growth = next(each for each in judged().conditions if "over that at" in each.what)
    hard, easy = (float(word) for word in growth.what.split() if word[0].isdigit())

    assert easy / hard >= EASIER
    assert growth.estimate.value == pytest.approx((easy / hard) ** -SLOPE, rel=0.2)


def test_the_noise_scale_is_told_at_the_loss_that_was_measured_not_at_the_next_look() -> None:
    proxies = [each for each in judged().conditions if each.what.startswith("noise scale at the loss")]

    assert len(proxies) == 2
    assert all(each.estimate.value == pytest.approx(1.0, rel=0.15) for each in proxies)


def test_noise_that_was_not_looked_at_is_missing() -> None:
    made_up = world()

    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda part: "over budget" if part == CLAIM.parts[0] else made_up(part)))


def test_looks_are_as_far_apart_at_every_size() -> None:
    arms = [part for part in CLAIM.parts if isinstance(part, Arm) and not part.instruments]

    assert {arm.course.phases[0].batch_size for arm in arms} == set(SIZES)
    assert {tuple(np.diff(looks_of(arm)[1])) == (128,) * (len(looks_of(arm)[1]) - 1) for arm in arms} == {True}


def test_the_picture_has_the_noise_scale_the_measured_sizes_and_the_law() -> None:
    (picture,) = judged().pictures

    assert [line.name for line in picture.lines] == [
        "noise scale",
        "measured critical batch size",
        f"loss to the power {SLOPE:.2f}",
    ]
