"""Whether other batch sizes train as well as the reference does, by budget and by rule for the learning rate.

Seeds are paired: at each batch size a seed begins at the same weights. A training that diverged is the worst there is.

Source: Shallue et al. 2019, arXiv 1811.03600 (budgets, tuning); Goyal et al. 2017, arXiv 1706.02677 (linear rate, and
its warm-up); Krizhevsky 2014, arXiv 1404.5997, and for Adam Malladi et al. 2022, arXiv 2205.10287 (square root);
Schuirmann 1987, doi 10.1007/BF01068419 (equivalence).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from batchmark.analysis.equivalence import EquivalenceDesign, Verdict
from batchmark.analysis.equivalence import judge as judge_equivalence
from batchmark.analysis.intervals import median_interval, units_needed
from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.stuck_seeds import seeds_to_show
from batchmark.course import constant
from batchmark.errors import BatchmarkError
from batchmark.records import Estimate
from batchmark.studies.claims.by_budget import Budget, ByBudget
from batchmark.studies.claims.claim import Line, Picture
from batchmark.studies.claims.told import in_a_row
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions.rules_of_rates import Rule, part_by_rule, require_rules
from batchmark.trainings import Followed
from batchmark.workloads.quality import quality_of
from batchmark.workloads.workload import Description

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Tried by a tuned rate: of the square-root rate."""
TUNING_SEEDS = 5
FEWEST_SEEDS = 2
_LEVEL = 0.95


@dataclass(frozen=True)
class QualityDesign:
    """What is trained."""

    workload: Description
    batch_sizes: tuple[int, ...]
    """Ascending; the workload's reference is among them."""
    seeds: int
    epochs: int
    """At equal epochs, and of the reference at equal updates."""
    budgets: tuple[Budget, ...] = (Budget.EPOCHS, Budget.UPDATES)
    rates: tuple[Rule, ...] = (Rule.FIXED,)

    def __post_init__(self) -> None:
        """Refuse what there is nothing to judge by, before anything is trained. Raises BatchmarkError."""
        quality_of(self.workload)
        if self.seeds < FEWEST_SEEDS:
            message = f"{self.seeds} seeds have no spread; expected at least {FEWEST_SEEDS}"
            raise BatchmarkError(message)
        if len(self.batch_sizes) < 2:  # noqa: PLR2004  the reference and another
            message = (
                f"batch size {self.reference} is the reference, and nothing is compared with it; name others by "
                "--batch-sizes"
            )
            raise BatchmarkError(message)
        require_rules(self.workload.name, self.workload.learning_rate, self.rates, epochs=self.epochs)

    @property
    def reference(self) -> int:
        """The batch size that the others are compared with."""
        return self.workload.reference_batch_size

    @property
    def parts(self) -> tuple[Arm | Tuned, ...]:
        """The experiment."""
        return tuple(
            dict.fromkeys(
                self.part(size, budget, rate)
                for budget in self.budgets
                for rate in self.rates
                for size in self.batch_sizes
            )
        )

    @property
    def family(self) -> int:
        """How many comparisons are read together."""
        return len(
            {
                (self.part(size, budget, rate), self.part(self.reference, budget, rate))
                for budget in self.budgets
                for rate in self.rates
                for size in self.batch_sizes
                if size != self.reference
            }
        )

    def part(self, size: int, budget: Budget, rate: Rule) -> Arm | Tuned:
        """Return the trainings at one batch size, which are looked at in the end."""
        if self.workload.learning_rate is not None:
            return part_by_rule(self._by_budget, size, budget, rate)
        arm = self._by_budget.arm(size, budget, 0.0)
        return replace(arm, course=constant(size, epochs=arm.course.epochs, epochs_per_look=arm.course.epochs))

    @property
    def _by_budget(self) -> ByBudget:
        return ByBudget(
            workload=self.workload.name,
            examples=self.workload.examples,
            rate=self.workload.learning_rate or 0.0,
            reference=self.reference,
            epochs=self.epochs,
            updates=self.epochs * -(-self.workload.examples // self.reference),
            seeds=self.seeds,
            factors=FACTORS,
            tuning_seeds=TUNING_SEEDS,
            epochs_per_look=self.epochs,
            looks=1,
        )


@dataclass(frozen=True)
class Against:
    """A batch size against the reference."""

    difference: Estimate
    """Median over seeds of its quality minus the reference's."""
    mean: Estimate
    """What the verdict rests on: the mean, a diverged seed counted as stuck; of all comparisons together."""
    verdict: Verdict | None
    """None: the workload has no margin."""
    reason: str
    """Why the verdict is not the interval's own, or empty."""
    seeds_needed: int | None
    """About how many would show them equivalent; None: settled, or no number would."""
    unseen_share: float
    """Up to so many seeds may be stuck unseen."""
    cost: float
    """What one of them costs at most; infinite: not known."""


@dataclass(frozen=True)
class AtSize:
    """The trainings at one batch size."""

    batch_size: int
    learning_rate: float | None
    """In the end; None: the model's own."""
    is_at_edge: bool
    """Whether a tuned rate is the lowest or the highest that was tried."""
    epochs: int
    updates: int
    quality: Estimate
    """Median over seeds, in the end, on fresh examples; a training that diverged is the worst."""
    diverged: int
    against: Against | None
    """None: this is the reference."""
    method: str
    """How its seeds were trained."""


@dataclass(frozen=True)
class QualityAt:
    """What was found at one budget and rate."""

    budget: Budget
    rate: Rule
    sizes: tuple[AtSize, ...]
    why: str = ""
    """Why there is nothing, or empty."""


@dataclass(frozen=True)
class QualityAnswer:
    """What was found. Higher quality is better: a loss is turned round."""

    design: QualityDesign
    metric: str
    margin: float
    level: float
    """Of each interval that a verdict rests on: `family` of them hold together at 95 %, one-sided."""
    family: int
    found: tuple[QualityAt, ...]
    sentence: str
    diverged: int
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return not any(each.why for each in self.found)


def judge(results: Results, design: QualityDesign) -> QualityAnswer:
    """Return what was found at each budget and rate for which the trainings are there.

    Raises MissingPartError: at none.
    """
    found, followed = [], []
    for budget in design.budgets:
        for rate in design.rates:
            at, trainings = _at(results, design, budget, rate)
            found.append(at)
            followed.append(trainings)
    if all(each.why for each in found):
        raise MissingPartError(found[0].why)
    distinct = {id(one): one for by_size in followed for one in by_size.values()}
    metric = quality_of(design.workload).name
    return QualityAnswer(
        design,
        metric,
        design.workload.quality_margin,
        _equivalence(design, 1.0).level if design.workload.quality_margin > 0 else _LEVEL,
        design.family,
        tuple(found),
        _sentence(design, found),
        diverged(distinct.values()),
        _notes(design, found),
        _pictures(design, metric, found, followed),
    )


def _at(results: Results, design: QualityDesign, budget: Budget, rate: Rule) -> tuple[QualityAt, dict[int, Followed]]:
    parts = {size: design.part(size, budget, rate) for size in design.batch_sizes}
    try:
        followed = {size: trainings_of(results, part) for size, part in parts.items()}
    except MissingPartError as error:
        return QualityAt(budget, rate, (), str(error)), {}
    sizes = tuple(_at_size(results, design, size, parts[size], followed) for size in design.batch_sizes)
    return QualityAt(budget, rate, sizes), followed


def _at_size(
    results: Results, design: QualityDesign, size: int, part: Arm | Tuned, followed: Mapping[int, Followed]
) -> AtSize:
    chosen = results.of_tuned(part) if isinstance(part, Tuned) else None
    arm = part.at(chosen.factor) if isinstance(part, Tuned) and chosen else part
    assert isinstance(arm, Arm)  # noqa: S101  a tuned part is obtained as a `Chosen`
    one = followed[size]
    return AtSize(
        size,
        arm.course.phases[-1].learning_rate,
        chosen is not None and chosen.is_at_edge,
        arm.course.epochs,
        one.steps[-1],
        median_interval(worst_if_diverged(fresh_quality(one), higher_is_better=True), level=_LEVEL),
        diverged([one]),
        None if size == design.reference else against(design, one, followed[design.reference]),
        one.method,
    )


def against(design: QualityDesign, candidate: Followed, reference: Followed) -> Against:
    """Return how one batch size's final quality stands to the reference's, paired by seed."""
    ours, theirs = fresh_quality(candidate), fresh_quality(reference)
    ranked = [worst_if_diverged(each, higher_is_better=True) for each in (ours, theirs)]
    paired = difference(*ranked, level=_LEVEL)
    sides = theirs.tolist(), ours.tolist()
    cost = quality_of(design.workload).cost(*sides)
    has_margin = design.workload.quality_margin > 0
    # Without a margin nothing is judged by it; what is estimated is the same by any.
    equivalence = _equivalence(design, cost) if has_margin else EquivalenceDesign(1.0, (design.seeds,), design.family)
    judged = judge_equivalence((ours - theirs).tolist(), equivalence, 0, sides=sides)
    is_open = has_margin and judged.verdict is Verdict.INCONCLUSIVE
    needed = (
        seeds_to_show(judged.estimate, margin=equivalence.margin, cost=judged.cost, error=equivalence.error_at(0))
        if is_open
        else None
    )
    return Against(
        paired,
        judged.estimate,
        judged.verdict if has_margin else None,
        judged.reason,
        needed,
        judged.unseen_share,
        judged.cost,
    )


def _equivalence(design: QualityDesign, cost: float) -> EquivalenceDesign:
    return EquivalenceDesign(design.workload.quality_margin, (design.seeds,), design.family, cost=cost)


def _sentence(design: QualityDesign, found: Sequence[QualityAt]) -> str:
    """Return which sizes are what, at each budget and rate."""
    parts = []
    for at in found:
        others = [each for each in at.sizes if each.against]
        if not others:
            continue
        if design.workload.quality_margin <= 0:
            parts.append(f"at {at.budget}, {at.rate}, no verdict")
            continue
        by_verdict = {
            verdict: [each.batch_size for each in others if each.against and each.against.verdict is verdict]
            for verdict in (Verdict.EQUIVALENT, Verdict.DIFFERENT, Verdict.INCONCLUSIVE)
        }
        said = [f"{verdict} at {in_a_row(sizes)}" for verdict, sizes in by_verdict.items() if sizes]
        parts.append(f"at {at.budget}, {at.rate}, {', '.join(said)}")
    told = "; ".join(parts)
    against = f"Against batch size {design.reference}"
    if design.workload.quality_margin <= 0:
        return f"{against} there are differences and no verdicts: the workload has no quality_margin."
    return f"{against}, within ±{design.workload.quality_margin:g}: {told}."


def _notes(design: QualityDesign, found: Sequence[QualityAt]) -> tuple[str, ...]:
    notes = [f"Not there, {each.budget}, {each.rate}: {each.why}." for each in found if each.why]
    for at in found:
        where = f"{at.budget}, {at.rate}"
        if lost := [f"{each.diverged} at {each.batch_size}" for each in at.sizes if each.diverged]:
            notes.append(f"Diverged, {where}: {in_a_row(lost)}, of {design.seeds} each; they rank worst.")
        if edges := [each.batch_size for each in at.sizes if each.is_at_edge]:
            notes.append(f"Tuned rates at the edge of what was tried, {where}: at {in_a_row(edges)}.")
    notes += _needed(design, found)
    if design.seeds < (few := units_needed(_LEVEL)):
        notes.append(f"{design.seeds} seeds give no interval of a median: {few} would.")
    return tuple(notes)


def _needed(design: QualityDesign, found: Sequence[QualityAt]) -> list[str]:
    """Return how many seeds it takes where the margin is too narrow for those that there are."""
    enough, never = [], []
    for at in found:
        still_open = [
            (each.batch_size, each.against.seeds_needed)
            for each in at.sizes
            if each.against and each.against.verdict is Verdict.INCONCLUSIVE
        ]
        where = f"({at.budget}, {at.rate})"
        if some := [f"about {needed:,} at {size}" for size, needed in still_open if needed]:
            enough.append(f"{in_a_row(some)} {where}")
        if none := [size for size, needed in still_open if not needed]:
            never.append(f"at {in_a_row(none)} {where}")
    notes = []
    if enough:
        notes.append(
            f"{design.seeds} seeds are too few for the margin: to show equivalence, if the difference stays, it takes "
            f"{'; '.join(enough)}."
        )
    if never:
        notes.append(
            f"No number of seeds is known to show equivalence {'; '.join(never)}: the mean difference is about the "
            "margin or beyond it, or what a stuck seed costs isn't known (quality_if_stuck)."
        )
    return notes


def _pictures(
    design: QualityDesign, metric: str, found: Sequence[QualityAt], followed: Sequence[Mapping[int, Followed]]
) -> tuple[Picture, ...]:
    qualities, differences = [], []
    for at, by_size in zip(found, followed, strict=True):
        if at.why:
            continue
        name = f"{at.budget}, {at.rate}"
        values = {size: fresh_quality(one) for size, one in by_size.items()}
        qualities.append(curve(name, design.batch_sizes, [values[size] for size in design.batch_sizes]))
        differences.append(_differences(name, at))
    margin = f" (margin ±{design.workload.quality_margin:g})" if design.workload.quality_margin > 0 else ""
    return (
        Picture(
            f"Quality minus that at {design.reference}{margin}",
            "batch size",
            f"difference in {metric}",
            tuple(differences),
            x_is_logarithmic=True,
        ),
        Picture("Quality by batch size", "batch size", metric, tuple(qualities), x_is_logarithmic=True),
    )


def _differences(name: str, at: QualityAt) -> Line:
    """Return the median differences; a size at which all diverged on both sides has none."""
    known = [(each.batch_size, each.against.difference) for each in at.sizes if each.against]
    return Line(
        name,
        tuple(float(size) for size, _ in known),
        tuple(each.value for _, each in known),
        tuple(math.nan if each.low is None else each.low for _, each in known),
        tuple(math.nan if each.high is None else each.high for _, each in known),
    )
