"""How much of what restarts scatter by is the processes', and how much the seconds': of power runs that kept visits.

Usage: ``python tests/studies/ruler/measure_restarts.py docs/measured/power-visits.jsonl``

Two turns of one restart have their processes in common and two turns on either side of a restart have not, and both are
neighbours in time. What the latter differ by more is the processes', and what a few more seconds between them make.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from batchmark.analysis.restarts import neighbouring_log_ratios, restart_effects
from batchmark.studies.ruler.power_file import read_runs
from batchmark.studies.ruler.power_run import Run, Turn

DRAWS = 2_000


@dataclass(frozen=True)
class Differences:
    """Between the effects of turns that follow each other, logarithms."""

    within: tuple[float, ...]
    """Of one restart."""
    across: tuple[float, ...]
    """Of two restarts."""
    turns: float
    """Of a restart, the mean."""


def differences(run: Run) -> Differences:
    """Return what turns of the even cells of `run` differ by from the next."""
    within: list[float] = []
    across: list[float] = []
    counts: list[int] = []
    for size in run.even:
        restarts = [_effects(*sides) for sides in run.visits[size]]
        counts += map(len, restarts)
        within += [later - earlier for effects in restarts for earlier, later in pairwise(effects)]
        across += [later[0] - earlier[-1] for earlier, later in pairwise(restarts)]
    return Differences(tuple(within), tuple(across), float(np.mean(counts)))


def share_of_processes(found: list[Differences]) -> float:
    """Return the share of a restart's variance, that of the mean of its turns, that is its processes'."""
    within, across = (
        np.mean(np.square([value for each in found for value in getattr(each, name)])) / 2
        for name in ("within", "across")
    )
    of_processes = float(across - within)
    return of_processes / (of_processes + float(within) / float(np.mean([each.turns for each in found])))


def _effects(baseline: tuple[Turn, ...], candidate: tuple[Turn, ...]) -> list[float]:
    ratios = neighbouring_log_ratios(list(_medians(baseline)), list(_medians(candidate)))
    return [float(restart_effects([[each]])[0]) for each in ratios]


def _medians(turns: tuple[Turn, ...]) -> Iterator[dict[int, float]]:
    return ({visit[0]: float(median(visit[1:])) for visit in turn} for turn in turns)


def main() -> None:
    """Print it, with an interval over runs."""
    found = [differences(run) for run in read_runs(Path(sys.argv[1])) if run.visits]
    draw = np.random.default_rng(0)
    drawn = [
        share_of_processes([found[index] for index in draw.integers(len(found), size=len(found))]) for _ in range(DRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    counts = (sum(len(each.within) for each in found), sum(len(each.across) for each in found))
    sys.stdout.write(
        f"{share_of_processes(found):.0%} of a restart's variance is its processes' at most [{low:.0%}, {high:.0%}] "
        f"(95 %, bootstrap over {len(found)} runs; {counts[0]:,} pairs of turns within, {counts[1]:,} across)\n"
    )


if __name__ == "__main__":
    main()
