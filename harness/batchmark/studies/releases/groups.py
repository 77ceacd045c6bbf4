"""Which releases of a line take turns with each other."""

from collections.abc import Collection, Mapping, Sequence

from batchmark.timeline.history import Commit

_FEWEST_TOGETHER = 2


def groups_to_measure(
    line: Sequence[Commit], counts: Mapping[str, int], *, wanted: Collection[Commit], number: int, at_once: int
) -> list[tuple[Commit, ...]]:
    """Return which releases of a line, oldest first, take turns, so that each of the `wanted` has `number` sessions.

    Each that lacks a session is measured together with the release before it, which it is compared with, and the first
    one with the next. A release that is neither wanted nor has a session (`counts`) is none to be compared with. Groups
    of at most `at_once` are cut so that they share a release.
    """
    compared = [each for each in line if each in wanted or counts[each.commit]]
    needed: set[int] = set()
    for index, each in enumerate(compared):
        if each in wanted and counts[each.commit] < number:
            needed |= {index, index - 1 if index else min(1, len(compared) - 1)}
    members = [compared[index] for index in sorted(needed)]
    size = max(_FEWEST_TOGETHER, at_once)
    if len(members) <= size:
        return [tuple(members)] if members else []
    return [tuple(members[start : start + size]) for start in range(0, len(members) - 1, size - 1)]
