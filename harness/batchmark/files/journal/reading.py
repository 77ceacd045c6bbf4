"""Reading a journal as the sweep that it is a part of."""

import json
from collections.abc import Sequence
from pathlib import Path

from batchmark.errors import StoredFileError
from batchmark.files.journal.form import VERSION, VERSION_KEY
from batchmark.files.journal.places import journals_beside
from batchmark.files.journal.writing import marked
from batchmark.files.sweep import FACTS_KEY, StoredSweep, from_extra_info, read_sweep
from batchmark.records import CellRecord

WITHOUT_A_WORD = "it ended without a word: killed, or still running"
_CUT = "the journal's last line is cut off"
_START = f'{{"{VERSION_KEY}"'.encode()

_Name = tuple[str, int, str]


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
        reading = _Reading(*_header(lines[0]))
        for number, line in enumerate(lines[1:], start=2):
            if not reading.takes(line):
                message = f"line {number} is damaged; restore the file, or measure again"
                raise StoredFileError(message)  # noqa: TRY301  the file is named in one place
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


def _lines(path: Path) -> tuple[list[object], bool]:
    """Return the lines, and whether the last one was cut off."""
    try:
        *whole, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"can't be read: {error.strerror}; check its permissions"
        raise StoredFileError(message) from error
    if not whole:
        message = "the journal was cut off in its first line: nothing was measured; measure again"
        raise StoredFileError(message)
    return [_decoded(line) for line in whole], bool(rest)


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _header(line: object) -> tuple[dict[str, object], str]:
    match line:
        case {"batchmark_journal": int() as version, "machine_info": dict(machine_info), "started": str(started)}:
            if version == VERSION:
                return machine_info, started
            message = f"a journal of version {version}, and this batchmark reads {VERSION}; read it by its own version"
        case _:
            message = "its first line is damaged; restore the file, or measure again"
    raise StoredFileError(message)


class _Reading:
    def __init__(self, machine_info: dict[str, object], started: str) -> None:
        self._machine_info = machine_info
        self._started = started
        self._facts: dict[str, object] | None = None
        self._cells: dict[_Name, dict[str, object]] = {}
        self._seconds: dict[_Name, dict[int, list[object]]] = {}
        self._places: dict[_Name, dict[int, list[object]]] = {}
        self._instruments: dict[_Name, dict[str, dict[int, list[object]]]] = {}
        self._stopped: str | None = WITHOUT_A_WORD

    def takes(self, line: object) -> bool:
        """Take what a line tells, or return False: it can't be read."""
        match line:
            case {"cell": {"workload": str() as workload, "batch_size": int() as size, "loop": str() as loop} as form}:
                self._cells[workload, size, loop] = form
            case {"visit": {"workload": str() as workload, "batch_size": int() as size, "loop": str() as loop} as told}:
                return self._takes_visit((workload, size, loop), told)
            case {"facts": dict(facts)}:
                self._facts = facts
            case {"end": {"stopped": str() | None as stopped}}:
                self._stopped = stopped
            # A later version may tell more.
            case dict():
                return not line.keys() & {"cell", "visit", "facts", "end"}
            case _:
                return False
        return True

    def _takes_visit(self, name: _Name, told: dict[str, object]) -> bool:
        match told:
            case {"turn": int() as turn, "places": list(places), "seconds": list(seconds)} if name in self._cells:
                self._seconds.setdefault(name, {}).setdefault(turn, []).extend(seconds)
                self._places.setdefault(name, {}).setdefault(turn, []).extend(places)
                return self._takes_instruments(name, turn, told.get("instruments", {}))
            case _:
                return False

    def _takes_instruments(self, name: _Name, turn: int, told: object) -> bool:
        if not isinstance(told, dict):
            return False
        own = self._instruments.setdefault(name, {})
        for metric, values in told.items():
            if not isinstance(values, list):
                return False
            own.setdefault(metric, {}).setdefault(turn, []).extend(values)
        return True

    def sweep(self, *, is_cut: bool) -> StoredSweep:
        if not self._cells:
            message = "the journal holds no cell: nothing was measured; measure again"
            raise StoredFileError(message)
        stopped = self._stopped
        if is_cut:
            stopped = f"{stopped}; {_CUT}" if stopped else _CUT
        records = tuple(self._record(name, form) for name, form in self._cells.items())
        facts = {} if self._facts is None else {FACTS_KEY: self._facts}
        return StoredSweep(
            records=tuple(marked(record, self._stopped) for record in records) if self._stopped else records,
            machine_info={**self._machine_info, **facts},
            datetime=self._started,
            stopped=stopped,
        )

    def _record(self, name: _Name, form: dict[str, object]) -> CellRecord:
        rounds = {
            "seconds_per_round": _by_turn(self._seconds.get(name, {})),
            "places": _by_turn(self._places.get(name, {})) if any(self._places.get(name, {}).values()) else [],
            "instruments": {metric: _by_turn(shown) for metric, shown in self._instruments.get(name, {}).items()},
        }
        return from_extra_info({**form, **rounds})


def _by_turn(found: dict[int, list[object]]) -> Sequence[list[object]]:
    return [found[turn] for turn in sorted(found)]
