"""Each run once: of files that hold the same rounds, the one that holds most of them.

No two runs take the same time to the last digit, so what has another's rounds is of the same run, whenever it was
written and whatever else is in the file.
"""

from collections.abc import Callable, Collection, Sequence

from batchmark.files.brief import BriefSweep, is_part
from batchmark.records import Cell
from batchmark.studies.stored.when import when_stored


def each_once(sweeps: Sequence[BriefSweep], cells_of: Callable[[BriefSweep], Collection[Cell]]) -> list[BriefSweep]:
    """Return `sweeps`, in their order, without those that hold another's rounds of these cells, or a part of them.

    Of two with equally many of these cells it is the one that was stored last.
    """
    by_rounds: dict[tuple[Cell, float], list[BriefSweep]] = {}
    kept = set()
    for sweep in sorted(sweeps, key=lambda each: (len(cells_of(each)), when_stored(each)), reverse=True):
        rounds = [(cell, sweep.seconds_per_epoch[cell]) for cell in cells_of(sweep)]
        if any(is_part(sweep, other) for each in rounds for other in by_rounds.get(each, ())):
            continue
        kept.add(sweep.name)
        for each in rounds:
            by_rounds.setdefault(each, []).append(sweep)
    return [each for each in sweeps if each.name in kept]
