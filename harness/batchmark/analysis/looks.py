"""How sure a verdict has to be when it is sought several times over growing data, in many cells at once.

Each look that a schedule provides for spends a part of the probability of a false alarm, and each cell of the family
an equal share of that: so whatever is looked at, whenever it stops, all intervals hold together at `confidence`.

Source: Bonferroni (Dunn 1961, doi 10.1080/01621459.1961.10482090), over looks and family.

Note: tried spending functions (Lan and DeMets 1983, doi 10.1093/biomet/70.3.659, with boundaries of O'Brien and
Fleming and of Pocock); rejected because their levels are those of normal statistics. With Student's t over 4 to 16
restarts they spent up to 1.19 times what they promised, to find 96 of 100 changes where this finds 94.

Note: tried parts that double from look to look, over looks at 6, 9, 12 and 16; rejected because the last has 8 of 15
parts of the probability, and with these 16 of 21: it finds some five changes more in 100 of those it finds three of
four of, and a large effect is settled at the first or second look all the same.
"""

from dataclasses import dataclass
from itertools import pairwise

from batchmark.analysis.intervals import simultaneous_level

DEFAULT_LOOKS = (8, 13, 20)
"""Restarts. Below 8, Student's t settles hardly anything; 20 of 3 s find 1 % where they repeat within 1.0 %.

Note: tried a last look at 16, of as many seconds in all; rejected because what restarts scatter by is nearly all of
their seconds, not of their processes, so that 20 tell as much and Student's t is nearer to normal: simulated, 87 of 100
slow-downs are found instead of 83. 24 find 88, and each costs the start of two processes.
"""
_GROWTH = 4
"""Of a look's part of the probability over that of the one before."""


@dataclass(frozen=True)
class LooksDesign:
    """When a verdict is sought and how many are read together, fixed before anything is measured.

    Raises ValueError: looks that don't ascend from 2 or more restarts, a family below 1, a confidence outside 0 to 1.
    """

    family: int
    """How many cells and metrics are judged in one comparison."""
    looks: tuple[int, ...] = DEFAULT_LOOKS
    """The number of restarts at each look, ascending."""
    confidence: float = 0.95
    """The least probability that all intervals of the family, at all looks, hold together."""

    def __post_init__(self) -> None:
        """Refuse a design that promises nothing."""
        # Two restarts are the fewest that have a spread.
        if not (self.looks and self.looks[0] > 1 and all(a < b for a, b in pairwise(self.looks))):
            message = f"looks {self.looks}; expected ascending numbers of restarts from 2"
            raise ValueError(message)
        if self.family < 1 or not 0 < self.confidence < 1:
            message = f"family {self.family}, confidence {self.confidence}; expected a family from 1 and 0 to 1"
            raise ValueError(message)

    def level(self, look_index: int, *, is_last: bool = False) -> float:
        """Return the level of each interval at look number `look_index` from 0.

        `is_last` gives it all that earlier looks have left, for a comparison that ends here for a reason that is not
        in its values: the budget is spent. For such a look, too, the number of restarts may be another than planned.

        Raises ValueError: no such look.
        """
        if not 0 <= look_index < len(self.looks):
            message = f"look {look_index}; the design has looks 0 to {len(self.looks) - 1}"
            raise ValueError(message)
        parts = [_GROWTH**look for look in range(len(self.looks))]
        taken = sum(parts[look_index:]) if is_last else parts[look_index]
        return simultaneous_level(1 - (1 - self.confidence) * taken / sum(parts), self.family)

    def look_due(self, restarts: int) -> int | None:
        """Return the number of the look that is due after so many restarts, or None."""
        return self.looks.index(restarts) if restarts in self.looks else None


@dataclass(frozen=True)
class Promise:
    """How the verdicts of one comparison share the probability of a false alarm, fixed before anything is measured.

    Half of it goes to those over all batch sizes of a loop, where there are any, and half to all others: so a few that
    lead don't pay for the many cells that follow.
    """

    confidence: float
    """The least probability that all intervals of the comparison hold together."""
    pooled: int
    """How many verdicts are over all batch sizes of a loop."""
    others: int
    """How many are of a cell, a curve, memory or quality."""

    @property
    def confidence_of_others(self) -> float:
        """The least probability that all intervals hold together that are not over all batch sizes."""
        return 1 - (1 - self.confidence) / 2 if self.pooled else self.confidence

    def design(self, looks: tuple[int, ...], *, pooled: bool) -> LooksDesign:
        """Return when the verdicts over all batch sizes are sought, or else the others.

        Raises ValueError: what `LooksDesign` raises.
        """
        confidence = 1 - (1 - self.confidence) / 2 if pooled else self.confidence_of_others
        return LooksDesign(max(1, self.pooled if pooled else self.others), looks, confidence)
