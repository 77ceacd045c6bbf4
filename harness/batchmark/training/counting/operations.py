"""The operations that a backend runs in a step: how many, of which kinds, and what they allocate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol


@dataclass(frozen=True)
class Totals:
    """What a kind of operation came to."""

    count: float
    seconds: float
    allocated_bytes: float | None = None
    """None: the backend doesn't tell it."""

    def less(self, other: "Totals", steps: int) -> "Totals":
        """Return what there is beyond `other`, in one of so many steps."""
        return Totals(
            (self.count - other.count) / steps,
            (self.seconds - other.seconds) / steps,
            None if self.allocated_bytes is None else (self.allocated_bytes - (other.allocated_bytes or 0.0)) / steps,
        )


NOTHING = Totals(0.0, 0.0)


class CountOperations(Protocol):
    """Counts what a backend runs."""

    def __call__(self, run: Callable[[], object]) -> Mapping[str, Totals]:
        """Call `run` and return what it came to, by the operation's kind. Raises whatever `run` raises."""


def operations_of_step(
    run: Callable[[int], object], count: CountOperations, *, steps_per_epoch: int
) -> dict[str, Totals]:
    """Return what each kind of operation comes to in a step of `run`, which trains so many epochs.

    What a call of two epochs has beyond one of a single epoch is an epoch's: the set-up of the call is in neither.
    Nothing has trained before: TensorFlow's executor soon knows which operations are cheap, by the clock, and its
    profiler no longer shows those. While it is watched it learns nothing of the kind.
    """
    count(lambda: run(1))
    one, two = (count(partial(run, epochs)) for epochs in (1, 2))
    each = {kind: two[kind].less(one.get(kind, NOTHING), steps_per_epoch) for kind in two}
    return {kind: totals for kind, totals in each.items() if totals.count > 0}
