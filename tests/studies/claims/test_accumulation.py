from collections.abc import Callable

import numpy as np
import pytest

from batchmark.course import DISTANCE, PROJECTIONS
from batchmark.records import Cell
from batchmark.studies.claims.accumulation import CLAIM, LARGE, MARGIN, SEEDS, SEEDS_OF_WHOLE, SMALL, apart
from batchmark.studies.claims.claim import Answer, Finding
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import World, arm_of, looks_of, made, skewed, timed, trained

MOVED, COUNT = 5.0, 64
_TRAINED = [part for part in CLAIM.parts if not isinstance(part, Timing)]


def world(
    *,
    rounding: float = 1e-5,
    whole: float = 1e-5,
    later: float = 0.3,
    off: float = 0.0,
    spread: float = 0.003,
    diverged: int = 0,
    spare: str = "",
    untimed: str = "",
) -> World:
    """Return one where accumulation's weights lie off by these shares of the distance moved, and accuracy by `off`.

    `rounding` at the first look of 4 × 16, `whole` at that of 4 × 50, `later` afterwards.
    """
    generator = np.random.default_rng(0)

    def answer(part: Part) -> object:
        if isinstance(part, Timing):
            return untimed or timed(part, _seconds, peak=lambda size: 1_000_000 * size)
        arm = arm_of(part)
        size, is_accumulated = arm.course.phases[0].batch_size, bool(arm.settings)
        if spare and size == SMALL and not is_accumulated:
            return spare
        quality = 0.96 + skewed(generator, arm.seeds, spread)
        share, after = 0.0, 0.0
        if is_accumulated:
            quality += off
            share, after = (rounding, later) if size == SMALL else (whole, whole)
        elif size == SMALL:
            share = after = later
        if is_accumulated:
            quality[:diverged] = np.nan
        direction = np.random.default_rng(size).standard_normal((COUNT, arm.seeds))
        found = {
            f"{PROJECTIONS}/{k}": _off(direction[k] * MOVED, share, after, diverged * is_accumulated)
            for k in range(COUNT)
        }
        return trained(part, quality, observed={**found, DISTANCE: lambda _: np.full(arm.seeds, MOVED)})

    return answer  # type: ignore[return-value]  # as `trained` says


def _seconds(cell: Cell) -> float:
    """Return 3 s of what is accumulated, 2 s of small batches, 1 s of large ones."""
    if cell.workload == "mnist-cnn-accumulated":
        return 3.0
    return 2.0 if cell.batch_size == 128 else 1.0


def _off(direction: np.ndarray, share: float, after: float, diverged: int) -> Callable[[int], np.ndarray]:
    lost = np.arange(direction.size) < diverged
    return lambda look: np.where(lost, np.nan, 7.0 + direction * (after if look else share))


def judged(**fields: float | str) -> Finding:
    return CLAIM.judge(made(CLAIM.parts, world(**fields)))  # type: ignore[arg-type]  # a test's own


def test_weights_that_agree_within_rounding_and_equal_accuracy_confirm_it() -> None:
    finding = judged()

    assert finding.answer is Answer.CONFIRMED
    assert [each.answer for each in finding.conditions[:3]] == [Answer.CONFIRMED] * 3
    assert {each.answer for each in finding.conditions[3:]} == {None}
    assert finding.conditions[0].estimate.value == pytest.approx(1e-5, rel=0.2)
    assert finding.conditions[0].estimate.n == SEEDS
    assert finding.seeds == SEEDS_OF_WHOLE


@pytest.mark.parametrize("fields", [{"rounding": 0.01}, {"whole": 0.01}, {"off": -0.03}, {"off": 0.03}])
def test_weights_or_accuracy_that_differ_refute_it(fields: dict[str, float]) -> None:
    finding = judged(**fields)

    assert finding.answer is Answer.REFUTED
    levels = {each.answer: each.estimate.level for each in finding.conditions[:3]}
    assert levels == {Answer.CONFIRMED: pytest.approx(0.95), Answer.REFUTED: pytest.approx(1 - 0.05 / 3)}


def test_accuracy_that_is_not_told_leaves_it_open() -> None:
    assert judged(off=MARGIN, spread=0.01).answer is Answer.INCONCLUSIVE


def test_what_is_left_over_parts_them_later_without_refuting_it() -> None:
    finding = judged(later=0.5)

    assert finding.answer is Answer.CONFIRMED
    end = next(each for each in finding.conditions[3:] if "4 × 16" in each.what and "in the end" in each.what)
    assert end.estimate.value == pytest.approx(0.5, rel=0.2)


def test_trainings_that_diverged_are_counted_and_confirm_nothing() -> None:
    finding = judged(diverged=6)

    assert finding.diverged == 2 * 6
    assert finding.answer is not Answer.CONFIRMED
    assert finding.conditions[1].answer is Answer.INCONCLUSIVE


def test_the_plain_small_batch_is_shown_beside_and_may_be_missing() -> None:
    there, missing = judged(), judged(spare="no time")

    assert any("not accumulated" in each.what for each in there.conditions)
    assert missing.answer is Answer.CONFIRMED
    assert any("no time" in note for note in missing.notes)


def test_time_and_memory_are_shown_beside_and_may_be_missing() -> None:
    costs = {each.what: each.estimate.value for each in judged().conditions if "mnist-cnn" in each.what}
    untimed = judged(untimed="no time")

    assert list(costs.values()) == pytest.approx([3.0, 0.25, 1.5, 1.0])
    assert "seconds of an epoch of 4 × 128, mnist-cnn, over those of 512" in costs
    assert untimed.answer is Answer.CONFIRMED
    assert any("no time" in note for note in untimed.notes)


def test_what_is_judged_may_not_be_missing() -> None:
    with pytest.raises(MissingPartError):
        CLAIM.judge(made(CLAIM.parts, lambda _: "no time"))


def test_how_accumulated_trainings_were_done_is_told_where_it_was_another_way() -> None:
    def answer(part: Part) -> object:
        if isinstance(part, Timing):
            return "no time"
        arm = arm_of(part)
        method = "one by one by fit: the optimizer accumulates gradients" if arm.settings else "stacked"
        return trained(part, 0.9, observed=_nothing_moves(arm), method=method)

    finding = CLAIM.judge(made(CLAIM.parts, answer))  # type: ignore[arg-type]  # a test's own

    assert any("one by one by fit" in note for note in finding.notes)


def _nothing_moves(arm: Arm) -> dict[str, Callable[[int], np.ndarray]]:
    names = [DISTANCE, *(f"{PROJECTIONS}/{k}" for k in range(COUNT))]
    return dict.fromkeys(names, lambda _: np.ones(arm.seeds))


def test_at_the_first_look_both_have_made_the_same_whole_batches() -> None:
    sides = [part for part in map(arm_of, _TRAINED) if part.course.phases[0].batch_size in (SMALL, LARGE)]

    for arm in sides:
        steps, examples = looks_of(arm)
        size, each = arm.course.phases[0].batch_size, 4 if arm.settings else 1
        assert examples[0] == 960
        assert examples[0] == steps[0] * size
        assert not arm.settings or steps[0] % each == 0


def test_how_far_apart_is_told_from_projections() -> None:
    generator = np.random.default_rng(5)
    arm = arm_of(CLAIM.parts[0])
    # Two weight vectors a seed, and the directions that the instrument has: standard normal.
    ours, theirs = generator.standard_normal((2, 300, arm.seeds))
    directions = np.random.default_rng(6).standard_normal((COUNT, 300))
    sides = [
        trained(
            arm,
            0.9,
            observed={
                **{f"{PROJECTIONS}/{k}": _constant(directions[k] @ weights) for k in range(COUNT)},
                DISTANCE: _constant(np.full(arm.seeds, MOVED)),
            },
        )
        for weights in (ours, theirs)
    ]

    found = apart(*sides, look=0)  # type: ignore[arg-type]  # of arms

    np.testing.assert_allclose(found, np.linalg.norm(ours - theirs, axis=0) / MOVED, rtol=0.3)


def _constant(values: np.ndarray) -> Callable[[int], np.ndarray]:
    return lambda _: values
