"""Claim 12: at one learning rate 64 beats 256 beats 1024; doubling both makes the curves coincide, the loss lower."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import difference
from batchmark.analysis.rules import above, below, level_for
from batchmark.studies.claims.by_budget import Budget, ByBudget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.losses import MATTERS, SAME, curve_of, diverged, fresh_loss
from batchmark.studies.claims.same_curve import judge_same_curve, largest_gap
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS_8000

SMALL, MIDDLE, LARGE = SIZES = (64, 256, 1024)
SEEDS = 100
_EPOCHS = 20
_SETTLED = 2 * BLOBS_8000.examples
"""Curves are compared from there on: in two epochs 1024 has had 16 updates."""
_FAMILY = 2 + 2 + 2
_BY_BUDGET = ByBudget(
    workload=BLOBS_8000.name,
    examples=BLOBS_8000.examples,
    rate=0.01,
    reference=SMALL,
    epochs=_EPOCHS,
    updates=_EPOCHS * -(-BLOBS_8000.examples // SMALL),
    seeds=SEEDS,
    factors=(1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0),
    tuning_seeds=10,
    epochs_per_look=1,
    looks=20,
)
_FIXED, _LINEAR = (
    {size: _BY_BUDGET.arm(size, Budget.EPOCHS, _BY_BUDGET.rate_at(size, rate)) for size in SIZES}
    for rate in (Rate.FIXED, Rate.LINEAR)
)


def _shown_beside() -> dict[str, dict[int, Arm | Tuned]]:
    ways = ((Budget.EPOCHS, Rate.TUNED), (Budget.UPDATES, Rate.FIXED))
    return {
        f"{budget}, {rate}": {size: _by_loss(_BY_BUDGET.part(size, budget, rate)) for size in SIZES}
        for budget, rate in ways
    }


def _by_loss(part: Arm | Tuned) -> Arm | Tuned:
    """Return a part that is tuned for the loss, which is what this claim is on."""
    return replace(part, by="fresh_loss") if isinstance(part, Tuned) else part


_BESIDE = _shown_beside()


def judge(results: Results) -> Finding:
    """Judge the order at one rate, and the curves and the losses at rates in proportion to the size."""
    fixed = {size: results.of(arm) for size, arm in _FIXED.items()}
    linear = {size: results.of(arm) for size, arm in _LINEAR.items()}
    loses = [_loses(larger, smaller, fixed) for smaller, larger in ((SMALL, MIDDLE), (MIDDLE, LARGE))]
    coincide = [_coincides(size, linear) for size in (MIDDLE, LARGE)]
    lower = [_is_lower(size, linear) for size in (MIDDLE, LARGE)]
    judged = [*loses, *coincide, *lower]
    gaps = [_gap(size, linear) for size in (MIDDLE, LARGE)]
    beside, notes = _beside(results)
    # At 64 both rates are one and the same trainings.
    every = [*fixed.values(), *(linear[size] for size in (MIDDLE, LARGE))]
    return Finding(
        together([each.answer for each in judged if each.answer]),
        _sentence(loses, coincide, lower),
        (*judged, *gaps, *beside),
        seeds=min(len(each.seeds) for each in every),
        diverged=diverged(every),
        notes=notes,
        pictures=(
            _picture("at one learning rate", fixed, Rate.FIXED),
            _picture("at rates in proportion to the batch size", linear, Rate.LINEAR),
        ),
    )


def _loses(larger: int, smaller: int, fixed: Mapping[int, Followed]) -> Condition:
    found = difference(fresh_loss(fixed[larger]), fresh_loss(fixed[smaller]), level=level_for(_FAMILY))
    answer = Answer(above(found, 0.0, refuted_within=MATTERS).value)
    return Condition(f"loss at {larger} minus at {smaller}, {Budget.EPOCHS}, {Rate.FIXED}", found, "nats", answer)


def _coincides(size: int, linear: Mapping[int, Followed]) -> Condition:
    apart = judge_same_curve(linear[size], linear[SMALL], after=_SETTLED, conditions=_FAMILY)
    epoch = apart.examples / BLOBS_8000.examples
    what = f"validation loss at {size} minus at {SMALL}, {Rate.LINEAR}, furthest apart of {apart.looks} looks"
    return Condition(f"{what}: after epoch {epoch:g}", apart.estimate, "nats", apart.answer)


def _is_lower(size: int, linear: Mapping[int, Followed]) -> Condition:
    found = difference(fresh_loss(linear[size]), fresh_loss(linear[SMALL]), level=level_for(_FAMILY))
    answer = Answer(below(found, 0.0, refuted_within=MATTERS).value)
    return Condition(f"loss at {size} minus at {SMALL}, {Budget.EPOCHS}, {Rate.LINEAR}", found, "nats", answer)


def _gap(size: int, linear: Mapping[int, Followed]) -> Condition:
    gaps = median_interval(largest_gap(linear[size], linear[SMALL], after=_SETTLED))
    return Condition(f"one seed's largest gap of the two curves at {size} and {SMALL}, noise included", gaps, "nats")


def _beside(results: Results) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Return the order at other budgets and at tuned rates, as far as that is there."""
    conditions: list[Condition] = []
    notes: list[str] = []
    for where, by_size in _BESIDE.items():
        try:
            followed = {size: trainings_of(results, part) for size, part in by_size.items()}
            tuned = [part for part in by_size.values() if isinstance(part, Tuned)]
            notes += tuning_notes(results, {where.partition(", ")[0]: tuned} if tuned else {})
        except MissingPartError as error:
            notes.append(f"Not shown at {where}: {error}.")
            continue
        for smaller, larger in ((SMALL, MIDDLE), (MIDDLE, LARGE)):
            found = difference(fresh_loss(followed[larger]), fresh_loss(followed[smaller]), level=level_for(_FAMILY))
            conditions.append(Condition(f"loss at {larger} minus at {smaller}, {where}", found, "nats"))
    return tuple(conditions), tuple(notes)


def _sentence(loses: Sequence[Condition], coincide: Sequence[Condition], lower: Sequence[Condition]) -> str:
    better = _verdict(loses, "smaller is better", "smaller is not better at both", "which is better is not settled")
    same = _verdict(coincide, "coincide", "do not coincide", "are not shown to coincide or not to")
    even = _verdict(lower, "is even lower", "is not lower at both", "is not shown to be lower or not")
    return (
        f"At one rate the loss at {MIDDLE} exceeds that at {SMALL} by {_told(loses[0])} nats, and that at {LARGE} the "
        f"one at {MIDDLE} by {_told(loses[1])}: {better}. At rates in proportion to the batch size the curves {same} "
        f"within ±{SAME} (where they are furthest apart, {MIDDLE} is {_told(coincide[0])} off {SMALL}, and {LARGE} "
        f"{_told(coincide[1])}), and the loss {even}: it differs by {_told(lower[0])} and {_told(lower[1])}."
    )


def _verdict(conditions: Sequence[Condition], holds: str, fails: str, is_open: str) -> str:
    answer = together([each.answer for each in conditions if each.answer])
    return {Answer.CONFIRMED: holds, Answer.REFUTED: fails}.get(answer, is_open)


def _told(condition: Condition) -> str:
    return told(condition.estimate, "+.4f")


def _picture(how: str, by_size: Mapping[int, Followed], rate: Rate) -> Picture:
    lines = tuple(
        curve_of(f"{size} at rate {_BY_BUDGET.rate_at(size, rate):g}", followed) for size, followed in by_size.items()
    )
    return Picture(f"Validation loss {how}", "examples trained on", "nats", lines)


CLAIM = Claim(
    number=12,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence=(
        "At one learning rate 64 beats 256 beats 1024; doubling the learning rate with the batch size makes the curves "
        "coincide, with a validation loss that is even lower."
    ),
    workload=BLOBS_8000.name,
    rule=(
        f"{in_a_row(SIZES)} over {SEEDS} paired seeds and {_EPOCHS} epochs, medians over seeds, six intervals that "
        "hold together at 95 %. At the rate 0.01: the loss on fresh examples at 256 minus that at 64, and at 1024 "
        "minus at 256, both above 0. At rates in proportion to the size: after two epochs the validation loss of 256, "
        f"and of 1024, is within ±{SAME} nats of that of 64 at each look, and the loss on fresh examples at the end "
        f"is below that of 64. Confirmed: all six. Refuted: one lies on the other side, or makes less than {MATTERS} "
        "of a difference where one is claimed. Otherwise inconclusive. Equal updates, and tuned rates, stand beside."
    ),
    parts=tuple(
        dict.fromkeys(
            [*_FIXED.values(), *_LINEAR.values(), *(p for by_size in _BESIDE.values() for p in by_size.values())]
        )
    ),
    judge=judge,
)
