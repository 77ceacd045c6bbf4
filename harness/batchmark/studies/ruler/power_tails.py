"""What `batchmark upgrade` would have said of power runs whose visits are kept: slow epochs are counted, too.

Each cell is judged as if it were compared alone, at 95 % against a tolerance, and all even cells of a run together as
beside such a cell, with a common share in place of what was planted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from batchmark.analysis.intervals import Values
from batchmark.analysis.judged import judge
from batchmark.analysis.looks import LooksDesign
from batchmark.analysis.pooled import pooled
from batchmark.analysis.restarts import ratio_over_restarts
from batchmark.analysis.tails import Tails, pooled_tails, shared
from batchmark.comparison import Verdict
from batchmark.studies.ruler.power import counted, sought
from batchmark.studies.ruler.power_over_all import OF_POOLED, SHARES, instead, of_run
from batchmark.studies.ruler.power_run import MEASURED, Run
from batchmark.workloads.slowed import SlowEpochs

_OF_A_CELL = 0.95
Evidence = tuple[Values, Values, Tails]
"""Effects, errors and tails of some restarts."""


@dataclass(frozen=True)
class Judged:
    """How often each verdict came out of what is alike."""

    planted: float | SlowEpochs
    """A share of each epoch, or epochs that are slow now and then."""
    is_over_all: bool
    """Whether each verdict is over all even cells of a run."""
    verdicts: dict[Verdict, int]

    @property
    def count(self) -> int:
        """The number of verdicts."""
        return sum(self.verdicts.values())


def evaluate_with_tails(runs: Sequence[Run], *, tolerance: float) -> tuple[Judged, ...]:
    """Return the verdicts over all cells, those of even cells and those of cells with slow epochs, in this order.

    Runs whose visits weren't kept have no part in it.
    """
    kept = [run for run in runs if run.visits]
    if not kept:
        return ()
    cells = [(run, size) for run in kept for size in run.shares]
    planted = [run.slow_epochs.get(size, run.shares[size]) for run, size in cells]
    verdicts = [_of_cell(run, size, tolerance) for run, size in cells]
    shares = sorted({each for each in planted if isinstance(each, float)})
    slow = sorted({each for each in planted if not isinstance(each, float)}, key=lambda each: (each.one_in, each.times))
    kinds: list[float | SlowEpochs] = [*shares, *slow]
    return (
        *(Judged(share, True, counted(_of_all(run, share, tolerance) for run in kept)) for share in SHARES),
        *(
            Judged(
                each,
                False,
                counted(verdict for verdict, own in zip(verdicts, planted, strict=True) if own == each),
            )
            for each in kinds
        ),
    )


def _of_cell(run: Run, size: int, tolerance: float) -> Verdict:
    effects, errors, tails = run.effects[size], run.errors[size], run.tails[size]

    def until(restarts: int) -> Evidence:
        return effects[:restarts], errors[:restarts], tails.up_to(restarts)

    return _verdict(until, LooksDesign(1, run.looks, _OF_A_CELL), tolerance)


def _of_all(run: Run, share: float, tolerance: float) -> Verdict:
    effects, errors = of_run(run, share=share)
    # The mean epoch is slower by what is planted, as the location is.
    tails = pooled_tails(
        [
            replace(run.tails[size], means=run.tails[size].means + by)
            for size, by in zip(run.even, instead(run, share), strict=True)
        ]
    )

    def until(restarts: int) -> Evidence:
        return (*pooled(effects[:restarts], errors[:restarts]), tails.up_to(restarts))

    return _verdict(until, LooksDesign(1, run.looks, OF_POOLED), tolerance)


def _verdict(until: Callable[[int], Evidence], design: LooksDesign, tolerance: float) -> Verdict:
    def judged(restarts: int, level: float) -> Verdict:
        effects, errors, tails = until(restarts)
        of_location, of_means = shared(level)
        ratio = ratio_over_restarts(effects, errors, level=of_location)
        return judge(MEASURED, ratio, tolerance, tails.over_restarts(level=of_means))

    return sought(judged, design)[0]
