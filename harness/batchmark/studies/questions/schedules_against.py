"""Two ways of training one workload against each other, from the same seeds.

Source: Smith et al. 2018, arXiv 1711.00489 (a batch that grows in place of a rate that decays); Marek et al. 2025,
arXiv 2507.07101 (the half-life of Adam's second moment, held in tokens: β₂ = 2^(-tokens per update / half-life));
Schuirmann 1987, doi 10.1007/BF01068419 (equivalence).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from batchmark.analysis.equivalence import Verdict
from batchmark.analysis.intervals import median_interval, units_needed
from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.rules import level_for
from batchmark.course import Course, Phase
from batchmark.errors import BatchmarkError
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Picture
from batchmark.studies.claims.equal import judge_equal
from batchmark.studies.claims.losses import curve_of, fresh_loss, validation_loss
from batchmark.studies.claims.told import told
from batchmark.studies.claims.trained import diverged, fresh_quality
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.quality import quality_of
from batchmark.workloads.workload import Description
from batchmark.written.schedules import TOKENS, HalfLife, WrittenSchedule

LOOKS = 20
FEWEST_SEEDS = 2
_LEVEL = 0.95
_VERDICTS = {
    Answer.CONFIRMED: Verdict.EQUIVALENT,
    Answer.REFUTED: Verdict.DIFFERENT,
    Answer.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
# Nearer to 1 than this, float32 rounds β₂ to 1, and Adam divides by 0.
_LEAST_FORGOTTEN = 1e-7


@dataclass(frozen=True)
class Way:
    """A way of training as the workload makes it: with every batch size and rate."""

    text: str
    """As it was written."""
    phases: tuple[Phase, ...]
    settings: tuple[tuple[str, float], ...]

    @property
    def epochs(self) -> int:
        """In all."""
        return sum(phase.epochs for phase in self.phases)

    @property
    def by_epoch(self) -> list[tuple[int, float | None]]:
        """The batch size and the rate of each epoch."""
        return [(phase.batch_size, phase.learning_rate) for phase in self.phases for _ in range(phase.epochs)]


@dataclass(frozen=True)
class SchedulesDesign:
    """What is trained: the reference, and what is set against it."""

    workload: Description
    reference: Way
    candidate: Way
    seeds: int

    def __post_init__(self) -> None:
        """Refuse what there is nothing to compare of. Raises BatchmarkError."""
        if self.seeds < FEWEST_SEEDS:
            message = f"{self.seeds} seeds have no spread; expected at least {FEWEST_SEEDS}"
            raise BatchmarkError(message)
        if self.arms[0] == self.arms[1]:
            message = "both are the same training: write --against otherwise than --compare"
            raise BatchmarkError(message)

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """The trainings of the reference and of the candidate, looked at after the same epochs."""
        per_look = max(1, min(self.reference.epochs, self.candidate.epochs) // LOOKS)
        one, other = (
            Arm(self.workload.name, Course(way.phases, per_look), self.seeds, settings=way.settings)
            for way in (self.reference, self.candidate)
        )
        return one, other

    @property
    def parts(self) -> tuple[Arm, ...]:
        """The experiment."""
        return self.arms

    @property
    def alike_until(self) -> int:
        """Examples up to which both are the same training."""
        if self.reference.settings != self.candidate.settings:
            return 0
        pairs = zip(self.reference.by_epoch, self.candidate.by_epoch, strict=False)
        epochs = next((at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), None)
        if epochs is None:
            epochs = min(self.reference.epochs, self.candidate.epochs)
        return epochs * self.workload.examples


@dataclass(frozen=True)
class Side:
    """How one of them went."""

    name: str
    """``reference`` or ``candidate``."""
    text: str
    phases: tuple[Phase, ...]
    settings: dict[str, float]
    epochs: int
    updates: int
    examples: int
    seconds: float
    """What all seeds took together, compilation included: not a timing."""
    seeds: int
    loss: Estimate
    """At the end, on fresh examples: the median over seeds; a training that diverged has an infinite one."""
    quality: Estimate
    diverged: int
    method: str


@dataclass(frozen=True)
class Gap:
    """Where the two curves of the validation loss are furthest apart."""

    difference: Estimate
    """Candidate minus reference; the intervals of all looks hold together."""
    examples: int
    looks: int


@dataclass(frozen=True)
class SchedulesAnswer:
    """What came of it. Differences are candidate minus reference, paired by seed; higher quality is better."""

    workload: str
    quality_metric: str
    reference: Side
    candidate: Side
    loss: Estimate
    """Median difference at the end."""
    quality: Estimate
    """Median difference at the end."""
    mean_quality: Estimate | None
    """What the verdict rests on: the mean difference, a diverged seed counted as stuck; None: there is no margin."""
    verdict: Verdict | None
    """None: the workload has no margin."""
    margin: float
    seeds_needed: int | None
    """About how many would show them equivalent; None: settled, or not known."""
    gap: Gap | None
    """None: they have no look in common since they part."""
    sentence: str
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]


def way_of(written: WrittenSchedule, workload: Description, where: str) -> Way:
    """Return a way of training with what `workload` says where nothing is written; `where` begins an error.

    Raises BatchmarkError: a batch size above the examples, a rate that isn't known, a half-life that gives no β₂.
    """
    size, rate = workload.reference_batch_size, workload.learning_rate
    if rate is None and written.phases[0].rate is None and any(phase.rate is not None for phase in written.phases):
        message = f"{where}: workload {workload.name!r} sets no learning rate; write one in the first phase too"
        raise BatchmarkError(message)
    phases = []
    for phase in written.phases:
        size, rate = phase.batch_size or size, rate if phase.rate is None else phase.rate
        if size > workload.examples:
            message = f"{where}: batch size {size} exceeds the workload's {workload.examples:,} examples"
            raise BatchmarkError(message)
        phases.append(Phase(phase.epochs, size, rate))
    settings = {
        "gradient_accumulation_steps": None if written.accumulate is None else float(written.accumulate),
        "momentum": written.momentum,
        "beta_2": _beta_2(written, phases, workload, where),
    }
    return Way(
        str(written), _merged(phases), tuple((name, held) for name, held in settings.items() if held is not None)
    )


def _merged(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Return phases that differ from the one before: written in two or in one, it is the same training."""
    merged: list[Phase] = []
    for phase in phases:
        last = merged[-1] if merged else None
        if last and (last.batch_size, last.learning_rate) == (phase.batch_size, phase.learning_rate):
            merged[-1] = Phase(last.epochs + phase.epochs, phase.batch_size, phase.learning_rate)
        else:
            merged.append(phase)
    return tuple(merged)


def _beta_2(written: WrittenSchedule, phases: Sequence[Phase], workload: Description, where: str) -> float | None:
    half_life = written.beta_2
    if not isinstance(half_life, HalfLife):
        return half_life
    sizes = {phase.batch_size for phase in phases}
    if len(sizes) > 1:
        message = (
            f"{where}: β₂ is set once, and batch sizes {', '.join(map(str, sorted(sizes)))} have it otherwise by a "
            "half-life; keep one batch size, or write beta_2 as a number"
        )
        raise BatchmarkError(message)
    if half_life.unit == TOKENS and workload.tokens_per_example is None:
        message = (
            f"{where}: workload {workload.name!r} has no tokens_per_example; write half-life "
            f"{half_life.amount:g} examples, or give it some"
        )
        raise BatchmarkError(message)
    each = (workload.tokens_per_example or 1) if half_life.unit == TOKENS else 1
    found = beta_2(half_life.amount, per_update=max(sizes) * each * (written.accumulate or 1))
    if 1 - found < _LEAST_FORGOTTEN:
        message = f"{where}: a half-life of {half_life.amount:g} {half_life.unit} makes β₂ 1, and nothing is forgotten"
        raise BatchmarkError(message)
    return found


def beta_2(half_life: float, *, per_update: float) -> float:
    """Return Adam's β₂ with which a gradient counts half after `half_life`, where an update takes `per_update` of it.

    Source: Marek et al. 2025, arXiv 2507.07101. Deviation: an epoch's last batch may be smaller, and isn't seen to.
    """
    return float(2.0 ** (-per_update / half_life))


def judge(results: Results, design: SchedulesDesign) -> SchedulesAnswer:
    """Return how the two ways compare.

    Raises MissingPartError: one of them is missing. WorkloadError: nobody knows what is better.
    """
    quality = quality_of(design.workload)
    reference, candidate = (results.of(arm) for arm in design.arms)
    ours, theirs = (worst_if_diverged(fresh_quality(one), higher_is_better=True) for one in (candidate, reference))
    loss = difference(fresh_loss(candidate), fresh_loss(reference), level=_LEVEL)
    margin = design.workload.quality_margin
    equal = judge_equal(candidate, reference, design.workload, family=1) if margin > 0 else None
    gap = _gap(design, candidate, reference)
    sides = (
        _side("reference", design.reference, reference),
        _side("candidate", design.candidate, candidate),
    )
    verdict = _VERDICTS[equal.answer] if equal else None
    paired = difference(ours, theirs, level=_LEVEL)
    return SchedulesAnswer(
        design.workload.name,
        quality.name,
        *sides,
        loss,
        paired,
        equal.difference if equal else None,
        verdict,
        margin,
        equal.seeds_needed if equal else None,
        gap,
        _sentence(verdict, (loss, paired), sides),
        _notes(design, gap, None if equal is None else equal.unseen, equal.seeds_needed if equal else None),
        (
            Picture(
                "Validation loss along both",
                "examples trained on",
                "validation loss",
                (curve_of("reference", reference), curve_of("candidate", candidate)),
            ),
        ),
    )


def _side(name: str, way: Way, followed: Followed) -> Side:
    return Side(
        name,
        way.text,
        way.phases,
        dict(way.settings),
        way.epochs,
        followed.steps[-1],
        followed.examples[-1],
        followed.seconds,
        len(followed.seeds),
        median_interval(fresh_loss(followed), level=_LEVEL),
        median_interval(worst_if_diverged(fresh_quality(followed), higher_is_better=True), level=_LEVEL),
        diverged([followed]),
        followed.method,
    )


def _gap(design: SchedulesDesign, candidate: Followed, reference: Followed) -> Gap | None:
    common = sorted(set(candidate.examples) & set(reference.examples))
    after = [examples for examples in common if examples > design.alike_until]
    if not after:
        return None
    level = level_for(len(after))
    ours, theirs = validation_loss(candidate), validation_loss(reference)
    found = [
        difference(
            ours[:, candidate.examples.index(examples)], theirs[:, reference.examples.index(examples)], level=level
        )
        for examples in after
    ]
    # Where both diverged at every seed nothing is told apart.
    sizes = [0.0 if np.isnan(each.value) else abs(each.value) for each in found]
    furthest = int(np.argmax(sizes))
    return Gap(found[furthest], after[furthest], len(after))


def _sentence(verdict: Verdict | None, ends: tuple[Estimate, Estimate], sides: tuple[Side, Side]) -> str:
    loss, quality = ends
    ended = {
        None: "has no margin on its quality to be judged by",
        Verdict.EQUIVALENT: "ends as well as the reference, within the margin",
        Verdict.DIFFERENT: "ends otherwise than the reference, by more than the margin",
    }.get(verdict, "is not shown to end as well as the reference, or not to")
    return (
        f"The candidate {ended}: quality {told(quality, '+.4f')}, loss {told(loss, '+.4f')}, with "
        f"{sides[1].updates:,} updates in place of {sides[0].updates:,}."
    )


def _notes(design: SchedulesDesign, gap: Gap | None, unseen: str | None, seeds_needed: int | None) -> tuple[str, ...]:
    notes = []
    if design.alike_until:
        notes.append(f"Up to {design.alike_until:,} examples both are the same training: no gap is looked for there.")
    if design.seeds < (few := units_needed(_LEVEL)):
        notes.append(f"{design.seeds} seeds give no interval of a median: {few} would.")
    if gap is None:
        notes.append("The two have no look after equally many examples since they part: no gap is told.")
    elif not gap.difference.has_interval:
        needed = units_needed(level_for(gap.looks))
        notes.append(
            f"The gap of {gap.looks} looks has no interval from {design.seeds} seeds: {needed} would give one."
        )
    if unseen:
        notes.append(f"Of the quality: {unseen}.")
        if math.isinf(quality_of(design.workload).floor):
            notes.append("Without it nothing is called equivalent: give the workload quality_if_stuck=...")
    if seeds_needed:
        notes.append(f"About {seeds_needed:,} seeds would show that the two are equivalent.")
    notes.append("Seconds are of all seeds together, compilation included: batchmark sweep measures speed.")
    return tuple(notes)
