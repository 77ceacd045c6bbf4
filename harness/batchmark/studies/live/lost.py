"""Restarts in which a side failed, and the other did not."""

from collections.abc import Sequence

from batchmark.analysis.lost_restarts import chance_of_losing
from batchmark.comparison import LostRestarts
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.live.restarts import Pair, Restart

_FAILED = (Status.FAILED, Status.DIVERGED, Status.REFUSED)


def lost_restarts(restarts: Sequence[Restart], cells: Sequence[Cell]) -> LostRestarts | None:
    """Return in how many restarts that ran all `cells` each side alone failed at any; None where neither did."""
    ran = [
        tuple(all(record.is_comparable for record in side) for side in sides)
        for sides in (tuple(zip(*pairs, strict=True)) for pairs in _asked_of_both(restarts, cells))
        # One that was only interrupted, or not tried, has not failed; where another has, its side has.
        if all(_has_ended(side) for side in sides)
    ]
    lost = LostRestarts(ran.count((False, True)), ran.count((True, False)))
    return lost if lost.baseline or lost.candidate else None


def only_the_candidate_fails(restarts: Sequence[Restart], cells: Sequence[Cell]) -> bool:
    """Whether the baseline measured `cells` in every restart it was asked to, and the candidate failed in each.

    One that was only interrupted has not failed.
    """
    asked = [pair for pairs in _asked_of_both(restarts, cells) for pair in pairs]
    ended = [candidate.status for _, candidate in asked]
    return (
        all(baseline.is_comparable for baseline, _ in asked)
        and any(status in _FAILED for status in ended)
        and all(status in (*_FAILED, Status.NOT_TRIED) for status in ended)
    )


def told_of(lost: LostRestarts) -> str:
    """Return it in words, with its probability where the candidate lost more."""
    times = f"the candidate alone failed in {lost.candidate} restarts, the baseline alone in {lost.baseline}"
    return f"{times} (probability {chance_of_losing(lost):.2g}, were they alike)" if lost.are_more else times


def _asked_of_both(restarts: Sequence[Restart], cells: Sequence[Cell]) -> list[list[Pair]]:
    """Return, of each restart that has them all, both sides' records of `cells`."""
    found = []
    for restart in restarts:
        baseline, candidate = (
            {record.cell: record for record in side.records} for side in (restart.baseline, restart.candidate)
        )
        if all(cell in baseline and cell in candidate for cell in cells):
            found.append([(baseline[cell], candidate[cell]) for cell in cells])
    return found


def _has_ended(side: Sequence[CellRecord]) -> bool:
    """Whether it is known of a side's cells that all ran, or that one failed."""
    return any(record.status in _FAILED for record in side) or all(record.is_comparable for record in side)
