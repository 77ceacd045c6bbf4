"""The journal's lines, each a JSON object with one key that says what it tells: docs/stored-format.md has them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from batchmark.backends import TENSORFLOW
from batchmark.bounds import Count, NotNegative, Positive, Size
from batchmark.files.stored_form import Form, Object
from batchmark.files.sweep import CELL
from batchmark.files.typed import plain
from batchmark.records import Cell, CellRecord

SUFFIX = ".journal"


@dataclass(frozen=True)
class Header:
    """The first line: which sweep it is."""

    started: str
    """When, as ISO 8601 has it."""
    machine_info: Mapping[str, Any]
    """As pytest-benchmark has it."""
    arguments: tuple[str, ...] = ()
    """Of the command line."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    workloads: Mapping[str, Any] = field(default_factory=dict)
    """What each workload says of itself."""


HEADER = Form(
    Header,
    key="batchmark_journal",
    version=1,
    name="the first line of a journal",
    stored_by="batchmark sweep writes a journal while it measures",
    again="measure again",
)
"""Its version is that of all lines: lines and keys may be added without raising it."""


@dataclass(frozen=True)
class Visit:
    """The rounds of a visit."""

    workload: str
    batch_size: Size
    loop: str
    turn: Count
    places: tuple[Count, ...]
    seconds: tuple[Positive, ...]
    instruments: Mapping[str, tuple[NotNegative, ...]] = field(default_factory=dict)
    """What instruments showed of each round, by the metric's name."""
    backend: str = TENSORFLOW

    @property
    def cell(self) -> Cell:
        """Whose rounds they are."""
        return Cell(self.workload, self.batch_size, self.loop, self.backend)


@dataclass(frozen=True)
class End:
    """The last line."""

    stopped: str | None
    """Why measuring ended before its plan did."""


@dataclass(frozen=True)
class Line:
    """What any other line tells: one of these, or what only a later version knows."""

    cell: dict[str, Any] | None = None
    """All there is to know of a cell but its rounds, in the form that a stored sweep has it."""
    visit: Visit | None = None
    facts: dict[str, Any] | None = None
    """Where it is measured."""
    end: End | None = None


def cell_line(record: CellRecord) -> Object:
    """Return the line with all there is to know of a cell but its rounds."""
    return {"cell": CELL.stored(replace(record, seconds_per_round=(), places=(), instruments={}))}


def facts_line(facts: Mapping[str, object]) -> Object:
    """Return the line that says where it is measured."""
    return {"facts": plain(facts)}


def visit_lines(record: CellRecord, *, after: CellRecord | None = None) -> Iterator[Object]:
    """Yield the rounds of `record`, a line a turn; only those that an earlier record of the cell has not."""
    for turn, rounds in enumerate(record.seconds_per_round):
        told = _count(after.seconds_per_round, turn) if after else 0
        seconds = rounds[told:]
        places = record.places[turn] if turn < len(record.places) else ()
        places = places[_count(after.places, turn) if after else 0 :]
        if seconds or places:
            cell = record.cell
            shown = {name: turns[turn][told:] for name, turns in record.instruments.items()}
            visit = Visit(cell.workload, cell.batch_size, cell.loop, turn, places, seconds, shown, cell.backend)
            yield {"visit": plain(visit)}


def _count(by_turn: tuple[tuple[object, ...], ...], turn: int) -> int:
    return len(by_turn[turn]) if turn < len(by_turn) else 0


def end_line(stopped: str | None) -> Object:
    """Return the last line; `stopped` says why measuring ended before its plan did."""
    return {"end": plain(End(stopped))}
