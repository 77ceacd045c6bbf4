"""Was it real? Which regressions of a comparison does a second one, measured afresh, find again?

A comparison of two equal sides raises a false alarm in at most one of twenty, and the machine can do something to one
side for minutes. What regressed in both of two runs, in fresh processes, is worth a person's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.errors import IncomparableError
from batchmark.studies.stored.gate import NOTHING_REGRESSED, REGRESSED

UNKNOWN = 2
"""The exit code where the second comparison says nothing of something that regressed in the first."""

# Of the moment, not of the side.
_MAY_DIFFER = frozenset({"load_at_start"})

_Key = tuple[str, str, int | None, str | None]


@dataclass(frozen=True)
class Rechecked:
    """Something that regressed in the first comparison, and what the second one found of it."""

    first: ComparedCell
    second: ComparedCell | None
    """None: the second comparison ended before it had measured this, or did not judge it."""

    @property
    def is_confirmed(self) -> bool:
        """Whether it regressed in both."""
        return self.second is not None and self.second.verdict is Verdict.REGRESSED


@dataclass(frozen=True)
class Confirmation:
    """Two comparisons of the same sides, one after the other."""

    first: Comparison
    second: Comparison
    rechecked: tuple[Rechecked, ...]
    """Everything that regressed in the first."""
    only_in_second: tuple[ComparedCell, ...]
    """What regressed in the second and not in the first: no more confirmed than the reverse."""

    @property
    def confirmed(self) -> tuple[Rechecked, ...]:
        """What regressed in both."""
        return tuple(each for each in self.rechecked if each.is_confirmed)

    @property
    def unconfirmed(self) -> tuple[Rechecked, ...]:
        """What regressed in the first, and in the second not."""
        return tuple(each for each in self.rechecked if not each.is_confirmed)

    @property
    def exit_code(self) -> int:
        """1 where a regression is confirmed; else 2 where one could not be looked at again; else 0."""
        if self.confirmed:
            return REGRESSED
        return UNKNOWN if any(each.second is None for each in self.rechecked) else NOTHING_REGRESSED


def confirm(first: Comparison, second: Comparison) -> Confirmation:
    """Return which regressions of `first` are in `second`, too: of workload, metric, batch size and loop.

    Raises IncomparableError: one is no live comparison, both are the same one, or they are of other sides or under
    another policy.
    """
    _require_two_runs(first, second)
    again = {_key(cell): cell for cell in second.cells if cell.counts}
    regressed = [cell for cell in first.cells if _regressed(cell)]
    before = {_key(cell) for cell in regressed}
    return Confirmation(
        first,
        second,
        tuple(Rechecked(cell, again.get(_key(cell))) for cell in regressed),
        tuple(cell for cell in second.cells if _regressed(cell) and _key(cell) not in before),
    )


def _require_two_runs(first: Comparison, second: Comparison) -> None:
    if not (first.is_live and second.is_live):
        message = "stored sweeps can't confirm each other: the same drift is in both; give two of batchmark upgrade"
        raise IncomparableError(message)
    if first == second:
        message = "both files hold the same comparison, and nothing confirms itself; run batchmark upgrade once more"
        raise IncomparableError(message)
    for side in ("baseline", "candidate"):
        differing = _differing(getattr(first.environment, side), getattr(second.environment, side))
        if differing:
            message = f"the two comparisons have another {side}: {', '.join(differing)} differ; compare the same twice"
            raise IncomparableError(message)
    if first.policy != second.policy:
        message = "the two comparisons were judged under other tolerances or at another confidence; compare again"
        raise IncomparableError(message)


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return the facts that both know and that aren't the same: a comparison that ended early knows few."""
    return [name for name in before if name in now and name not in _MAY_DIFFER and before[name] != now[name]]


def _regressed(cell: ComparedCell) -> bool:
    return cell.counts and cell.verdict is Verdict.REGRESSED


def _key(cell: ComparedCell) -> _Key:
    return cell.workload, cell.metric, cell.batch_size, cell.loop
