"""Reading a journal as the sweep that it is a part of."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from batchmark.errors import StoredFileError
from batchmark.files.journal.form import HEADER, Header, Line, Visit
from batchmark.files.journal.places import journals_beside
from batchmark.files.journal.writing import marked
from batchmark.files.sweep import CELL, FACTS_KEY, StoredSweep, read_sweep
from batchmark.files.typed import MisfitError, typed
from batchmark.records import Cell, CellRecord

WITHOUT_A_WORD = "it ended without a word: killed, or still running"
_CUT = "the journal's last line is cut off"
_START = f'{{"{HEADER.key}"'.encode()
_Value = TypeVar("_Value")


def read_any_sweep(path: Path) -> StoredSweep:
    """Read a stored sweep, or the journal of one.

    Raises StoredFileError: what `read_sweep` and `read_journal` raise; a journal beside a file that can't be read is
    named.
    """
    if _is_journal(path):
        return read_journal(path)
    try:
        return read_sweep(path)
    except StoredFileError as error:
        journals = journals_beside(path)
        if not journals:
            raise
        what = str(error).partition(";")[0]
        message = f"{what}; {journals[-1]} holds what was measured: type batchmark show {journals[-1]}"
        raise StoredFileError(message) from error


def read_journal(path: Path) -> StoredSweep:
    """Read what a journal holds; a last line that was cut off is left out, and told in `stopped`.

    A sweep whose journal has no end was killed, or still runs: cells that were not finished are interrupted.

    Raises StoredFileError: it can't be read, another version's, a damaged line, no cell.
    """
    try:
        lines, is_cut = _lines(path)
        reading = _Reading(HEADER.taken(_decoded(lines[0]), "its first line"))
        for number, line in enumerate(lines[1:], start=2):
            try:
                reading.take(typed(_decoded(line), Line))
            except MisfitError as error:
                message = f"line {number} is damaged: {error}; restore the file, or measure again"
                raise StoredFileError(message) from error
        return reading.sweep(is_cut=is_cut)
    except StoredFileError as error:
        message = f"{path}: {error}"
        raise StoredFileError(message) from error


def _is_journal(path: Path) -> bool:
    try:
        # A pipe can't be looked into and read again.
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_START)) == _START
    except (OSError, ValueError):
        return False


def _lines(path: Path) -> tuple[list[bytes], bool]:
    """Return the lines, and whether the last one was cut off."""
    try:
        *whole, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"can't be read: {error.strerror}; check its permissions"
        raise StoredFileError(message) from error
    if not whole:
        message = "the journal was cut off in its first line: nothing was measured; measure again"
        raise StoredFileError(message)
    return whole, bool(rest)


def _decoded(line: bytes) -> object:
    """Return what a line holds; None, which no line is, where that isn't JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


class _Reading:
    def __init__(self, header: Header) -> None:
        self._header = header
        self._facts: dict[str, object] | None = None
        self._forms: dict[Cell, dict[str, object]] = {}
        self._seconds: dict[Cell, dict[int, list[float]]] = {}
        self._places: dict[Cell, dict[int, list[int]]] = {}
        self._instruments: dict[Cell, dict[str, dict[int, list[float]]]] = {}
        self._stopped: str | None = WITHOUT_A_WORD

    def take(self, line: Line) -> None:
        """Take what a line tells.

        Raises MisfitError: rounds of a cell that no line before is of.
        """
        if line.cell is not None:
            # Read when it is known to be the last of this cell: what an earlier line tells doesn't count.
            self._forms[typed(line.cell, Cell)] = line.cell
        if line.visit is not None:
            self._take_visit(line.visit)
        if line.facts is not None:
            self._facts = line.facts
        if line.end is not None:
            self._stopped = line.end.stopped

    def _take_visit(self, visit: Visit) -> None:
        if visit.cell not in self._forms:
            message = "it has rounds of a cell that no line before it is of"
            raise MisfitError(message)
        self._seconds.setdefault(visit.cell, {}).setdefault(visit.turn, []).extend(visit.seconds)
        self._places.setdefault(visit.cell, {}).setdefault(visit.turn, []).extend(visit.places)
        own = self._instruments.setdefault(visit.cell, {})
        for name, shown in visit.instruments.items():
            own.setdefault(name, {}).setdefault(visit.turn, []).extend(shown)

    def sweep(self, *, is_cut: bool) -> StoredSweep:
        if not self._forms:
            message = "the journal holds no cell: nothing was measured; measure again"
            raise StoredFileError(message)
        stopped = self._stopped
        if is_cut:
            stopped = f"{stopped}; {_CUT}" if stopped else _CUT
        records = tuple(self._record(cell, form) for cell, form in self._forms.items())
        facts = {} if self._facts is None else {FACTS_KEY: self._facts}
        return StoredSweep(
            records=tuple(marked(record, self._stopped) for record in records) if self._stopped else records,
            machine_info={**self._header.machine_info, **facts},
            datetime=self._header.started,
            stopped=stopped,
        )

    def _record(self, cell: Cell, form: dict[str, object]) -> CellRecord:
        places = self._places.get(cell, {})
        rounds = {
            "seconds_per_round": _by_turn(self._seconds.get(cell, {})),
            "places": _by_turn(places) if any(places.values()) else [],
            "instruments": {name: _by_turn(shown) for name, shown in self._instruments.get(cell, {}).items()},
        }
        return CELL.taken({**form, **rounds})


def _by_turn(found: Mapping[int, list[_Value]]) -> list[list[_Value]]:
    return [found[turn] for turn in sorted(found)]
