"""The operations that a backend runs in a step: how many, of which kinds, and what they allocate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import fmean
from typing import Protocol

# Epochs of the calls that are held against each other.
_LENGTHS = (1, 2, 3)
# A profiled epoch takes about so many times as long.
_SLOWER = 3.0
_SECONDS = 8.0


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
    run: Callable[[int], object], count: CountOperations, *, steps_per_epoch: int, epoch_seconds: float
) -> list[dict[str, Totals]]:
    """Return what each kind of operation comes to in a step of `run`, which trains so many epochs: of each epoch seen.

    What a call of two epochs has beyond one of a single epoch is an epoch's: the set-up of the call is in neither; and
    so with three, unless an epoch takes long. A pipeline that reads ahead may do some of the next epoch's work: then
    the epochs differ, and one alone would look exact.

    Nothing has trained before: TensorFlow's executor soon knows which operations are cheap, by the clock, and its
    profiler no longer shows those. While it is watched it learns nothing of the kind.
    """
    lengths = _LENGTHS if (1 + sum(_LENGTHS)) * epoch_seconds * _SLOWER <= _SECONDS else _LENGTHS[:2]
    count(lambda: run(1))
    found = [count(partial(run, epochs)) for epochs in lengths]
    return [
        {
            kind: later.get(kind, NOTHING).less(earlier.get(kind, NOTHING), steps_per_epoch)
            for kind in (*later, *(earlier.keys() - later.keys()))
        }
        for earlier, later in pairwise(found)
    ]


def mean_of(steps: Sequence[Mapping[str, Totals]]) -> dict[str, Totals]:
    """Return the mean of what was seen of several epochs, of the kinds that there are in it."""
    kinds = dict.fromkeys(kind for each in steps for kind in each)
    means = {kind: _mean([each.get(kind, NOTHING) for each in steps]) for kind in kinds}
    return {kind: totals for kind, totals in means.items() if totals.count > 0}


def _mean(all_totals: Sequence[Totals]) -> Totals:
    given = [each.allocated_bytes for each in all_totals if each.allocated_bytes is not None]
    return Totals(
        fmean(each.count for each in all_totals),
        fmean(each.seconds for each in all_totals),
        sum(given) / len(all_totals) if given else None,
    )
