"""The journal's lines, each a JSON object with one key that says what it tells: docs/stored-format.md has them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from batchmark.files.sweep import to_extra_info
from batchmark.records import CellRecord

VERSION_KEY = "batchmark_journal"
VERSION = 1
"""Raised whenever a line changes its meaning or goes; lines and keys may be added without."""
SUFFIX = ".journal"

Line = dict[str, object]


def encoded(line: Mapping[str, object]) -> bytes:
    """Return a line as it stands in the file."""
    # ASCII, as pytest-benchmark's files: a name that came over the command line may hold what UTF-8 can't.
    return json.dumps(line).encode("ascii") + b"\n"


def header(about: Mapping[str, object]) -> Line:
    """Return the first line: its first key is what a journal is known by."""
    return {VERSION_KEY: VERSION, **about}


def cell_line(record: CellRecord) -> Line:
    """Return all there is to know of a cell but its rounds, in the form that a stored sweep has it."""
    return {"cell": to_extra_info(replace(record, seconds_per_round=(), places=(), instruments={}))}


def visit_lines(record: CellRecord, *, after: CellRecord | None = None) -> Iterator[Line]:
    """Yield the rounds of `record`, a line a turn; only those that an earlier record of the cell has not."""
    for turn, rounds in enumerate(record.seconds_per_round):
        told = _count(after.seconds_per_round, turn) if after else 0
        seconds = rounds[told:]
        places = record.places[turn] if turn < len(record.places) else ()
        places = places[_count(after.places, turn) if after else 0 :]
        if seconds or places:
            cell = record.cell
            named: Line = {"workload": cell.workload, "batch_size": cell.batch_size, "loop": cell.loop}
            shown = {name: list(turns[turn][told:]) for name, turns in record.instruments.items()}
            instruments = {"instruments": shown} if shown else {}
            yield {"visit": {**named, "turn": turn, "places": list(places), "seconds": list(seconds), **instruments}}


def _count(by_turn: tuple[tuple[object, ...], ...], turn: int) -> int:
    return len(by_turn[turn]) if turn < len(by_turn) else 0


def end_line(stopped: str | None) -> Line:
    """Return the last line; `stopped` says why measuring ended before its plan did."""
    return {"end": {"stopped": stopped}}
