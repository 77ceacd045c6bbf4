"""Work that is counted and not timed: the same on a busy machine as on a quiet one."""

from dataclasses import dataclass, field
from statistics import median

from batchmark.bounds import Count, NotNegative


@dataclass(frozen=True)
class Counter:
    """One counter of one cell in one process, in epochs of their own after all rounds."""

    values: tuple[NotNegative, ...]
    """One an epoch or a step, as the metric says; all alike where the count is exact."""
    counted_by: str
    """What counted, as in ``cProfile, Python 3.11``: two counts by the same are comparable."""
    parts: dict[str, NotNegative] = field(default_factory=dict)
    """What they are made of, by module or kind; of an epoch or step."""
    processes: Count = 1
    """How many have counted it."""
    digest: str = ""
    """Of a compiled program: two of one digest are the same program."""

    @property
    def value(self) -> float:
        """What stands for the values; NaN without any."""
        return median(self.values) if self.values else float("nan")

    @property
    def is_exact(self) -> bool:
        """Whether all that was counted came to the same."""
        return len(set(self.values)) == 1


@dataclass(frozen=True)
class Counters:
    """What was counted of one cell in one process."""

    counted: dict[str, Counter]
    """By the metric's name."""
    missing: dict[str, str] = field(default_factory=dict)
    """By the metric's name, why something was not counted."""
