"""The frozen records of a bisection: the steps that were compared, what was passed over, and what was found."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH


class Role(StrEnum):
    """What a step was compared for."""

    ENDS = "ends"
    """Whether there is anything to look for."""
    SEARCH = "search"
    """On which side of the change a release stands, against the good end."""
    CONFIRMATION = "confirmation"
    """The first bad release against the one before it, measured afresh once it was found."""


@dataclass(frozen=True)
class Step:
    """One release against an older one."""

    role: Role
    baseline: str
    """The older release's version."""
    candidate: str
    comparisons: tuple[Comparison, ...]
    """The last one counts; those before it were inconclusive, and each has half the budget of the next."""
    place: str | None = None
    """The name of the cell whose verdict decides, the one that stands for all steps; None: the whole comparison's."""

    @property
    def comparison(self) -> Comparison:
        """The one that counts."""
        return self.comparisons[-1]

    @property
    def verdict(self) -> Verdict:
        """Of the one that counts."""
        return verdict_at(self.place, self.comparison)


@dataclass(frozen=True)
class Skipped:
    """A release that nothing is known of."""

    version: str
    why: str


@dataclass(frozen=True)
class Bisection:
    """Which release of a package made training slower, as far as it was found."""

    package: str
    good: str
    """The older end's version."""
    bad: str
    held: tuple[str, ...]
    """The other requirements, which all steps have."""
    releases: tuple[str, ...]
    """The versions between the ends, ascending."""
    steps: tuple[Step, ...]
    """In the order in which they were compared; the first is of the ends."""
    skipped: tuple[Skipped, ...]
    """What could not be measured, or stayed inconclusive."""
    last_good: str
    first_bad: str
    stopped: str | None = None
    """Why it ended before its plan did, or None."""

    @property
    def ends(self) -> Step | None:
        """The comparison of the ends; None before there is one."""
        return next((step for step in self.steps if step.role is Role.ENDS), None)

    @property
    def differ(self) -> bool:
        """Whether the bad end is slower than the good one."""
        return self.ends is not None and self.ends.verdict is Verdict.REGRESSED

    @property
    def between(self) -> tuple[str, ...]:
        """The releases that may have made it slower as well as the first one that is known to be slow."""
        all_of = (self.good, *self.releases, self.bad)
        return all_of[all_of.index(self.last_good) + 1 : all_of.index(self.first_bad)]

    @property
    def last_step(self) -> Step | None:
        """The first bad release against the last good one: the change that is looked for, and no other.

        None where it wasn't compared.
        """
        own = [step for step in self.steps if (step.baseline, step.candidate) == (self.last_good, self.first_bad)]
        # Where nothing lies between the ends, no comparison was selected among several, and theirs is as good.
        roles = (Role.CONFIRMATION, Role.ENDS)
        return next((step for role in roles for step in own if step.role is role), None)

    @property
    def is_found(self) -> bool:
        """Whether one release is named, and is slower than the one before it."""
        confirmed = self.last_step is not None and self.last_step.verdict is Verdict.REGRESSED
        return self.differ and not self.between and confirmed

    @property
    def place(self) -> str | None:
        """The name of what stands for a comparison: of what leads it, what is slowest at the bad end."""
        return None if self.ends is None else slowest(self.ends.comparison)

    def cell(self, step: Step) -> ComparedCell | None:
        """Return what stands for a step, the same of all of them; None where it has no effect."""
        return self.cell_of(step.comparison)

    def cell_of(self, comparison: Comparison) -> ComparedCell | None:
        """Return the same of one comparison."""
        return None if self.place is None else _cell_at(self.place, comparison)

    @property
    def share(self) -> float | None:
        """How much of the whole change the last step has, of logarithms: 0.5 is half of it; None: not known."""
        whole, own = (self.cell(step) if step else None for step in (self.ends, self.last_step))
        if not (whole and own and whole.effect and own.effect) or whole.effect == 1:
            return None
        return math.log(own.effect) / math.log(whole.effect)

    @property
    def changed(self) -> dict[str, tuple[str | None, str | None]]:
        """What else differs between the environments of the last step: versions on both sides, None for a lack."""
        step = self.last_step
        if step is None:
            return {}
        sides = step.comparison.environment
        before, after = (packages_of(facts) for facts in (sides.baseline, sides.candidate))
        names = sorted({*before, *after} - {self.package.partition("[")[0]})
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def leading(comparison: Comparison) -> list[ComparedCell]:
    """Return the seconds per epoch that lead a comparison: of a loop's batch sizes together, or of its only one."""
    own = [cell for cell in comparison.cells if cell.metric == SECONDS_PER_EPOCH.name and cell.counts]
    pooled = {place for cell in own for place in cell.places}
    return [cell for cell in own if cell.place not in pooled]


def slowest(comparison: Comparison) -> str | None:
    """Return the name of the cell that is slowest: of those that regressed, and of them of what leads the comparison.

    Without one that regressed, of what leads it; None where nothing has an effect.
    """
    own = [cell for cell in comparison.cells if cell.metric == SECONDS_PER_EPOCH.name and cell.counts]
    leads = leading(comparison)
    regressed = [[cell for cell in some if cell.verdict is Verdict.REGRESSED] for some in (leads, own)]
    for cells in (*regressed, leads):
        if found := [cell for cell in cells if cell.effect is not None]:
            return max(found, key=lambda cell: cell.effect or 0.0).name
    return None


def verdict_at(place: str | None, comparison: Comparison) -> Verdict:
    """Return the verdict of the cell of this name, inconclusive where it has no effect; without a name the whole's."""
    if place is None:
        return comparison.verdict
    cell = _cell_at(place, comparison)
    return Verdict.INCONCLUSIVE if cell is None else cell.verdict


def _cell_at(place: str, comparison: Comparison) -> ComparedCell | None:
    found = (cell for cell in comparison.cells if cell.counts and cell.name == place and cell.effect is not None)
    return next(found, None)


def packages_of(facts: Mapping[str, object]) -> dict[str, str]:
    """Return the packages of an environment and their versions; none where its facts don't tell."""
    found = facts.get("packages")
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, Mapping) else {}
