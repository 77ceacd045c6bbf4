"""Stored results of every kind, from files and from folders: what can be read, and what not, by name."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.comparison import Comparison
from batchmark.errors import BatchmarkError, StoredFileError
from batchmark.files.answers import StoredAnswer
from batchmark.files.calibration import Calibration, read_calibration
from batchmark.files.claims import CLAIMS, StoredClaims
from batchmark.files.comparison import SCHEMA_KEY as COMPARISON_KEY
from batchmark.files.comparison import read_comparison
from batchmark.files.journal.form import HEADER
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.sweep import SCHEMA_KEY as CELL_KEY
from batchmark.files.sweep import StoredSweep

Content = StoredSweep | Comparison | Calibration | StoredClaims | StoredAnswer
"""What a file that can be shown holds."""
Readers = Mapping[str, Callable[[Path], Content]]
"""What reads a kind of file, by the key of its form."""

_OURS = "batchmark"
_SEVERAL = 3


@dataclass(frozen=True)
class Result:
    """A file that was read."""

    name: str
    """As it was named, or found in a folder that was."""
    content: Content


@dataclass(frozen=True)
class Passed:
    """A file that is not among the results, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Results:
    """What was found."""

    read: tuple[Result, ...]
    skipped: tuple[Passed, ...] = ()
    """Named, or of a form of ours, and unreadable: something is missing from what is shown."""
    left_out: tuple[Passed, ...] = ()
    """Found in a folder and nothing of ours, or of ours and not of a kind that is shown."""
    twice: tuple[Passed, ...] = ()
    """With the same content as a file that was taken."""


def read_results(paths: Sequence[Path], *, more: Readers | None = None) -> Results:
    """Read every file of `paths`, and every ``*.json`` below their folders, in order of name; hidden folders aside.

    `more` reads kinds of files whose records stand above this room.

    Raises BatchmarkError: a path that isn't there, a folder without results, or nothing at all that can be read.
    """
    gathering = _Gathering(more or {})
    for path in paths:
        if not path.exists():
            message = f"there is no file or folder {path}; name stored results, as of batchmark sweep --json FILE"
            raise BatchmarkError(message)
        if not path.is_dir():
            gathering.take(path, is_named=True)
            continue
        before = gathering.number
        for file in _below(path):
            gathering.take(file, is_named=False)
        if gathering.number == before:
            message = (
                f"the folder {path} holds no result; name one with sweeps or comparisons, as of batchmark sweep --json "
                "FILE and batchmark upgrade --json FILE"
            )
            raise BatchmarkError(message)
    found = gathering.results()
    if not found.read:
        why = [f"{each.name}: {each.why}" for each in (*found.skipped, *found.left_out)]
        rest = f"; and {len(why) - _SEVERAL} more" if len(why) > _SEVERAL else ""
        message = f"nothing can be read of {len(why)} files: {'; '.join(why[:_SEVERAL])}{rest}"
        raise BatchmarkError(message)
    return found


class _Gathering:
    def __init__(self, more: Readers) -> None:
        self._readers = {**_READERS, **more}
        self._seen: set[Path] = set()
        self._by_digest: dict[bytes, str] = {}
        self._read: list[Result] = []
        self._skipped: list[Passed] = []
        self._left_out: list[Passed] = []
        self._twice: list[Passed] = []

    @property
    def number(self) -> int:
        """How many results were found, those that can't be read included."""
        return len(self._read) + len(self._skipped) + len(self._twice)

    def take(self, path: Path, *, is_named: bool) -> None:
        """Take a file once, however often it is named."""
        name = str(path)
        try:
            real = path.resolve()
            if real in self._seen:
                return
            self._seen.add(real)
            content = path.read_bytes()
        except OSError as error:
            self._skipped.append(Passed(name, f"it can't be read: {error.strerror}; check its permissions"))
            return
        digest = hashlib.sha256(content).digest()
        if digest in self._by_digest:
            self._twice.append(Passed(name, f"the same as {self._by_digest[digest]}"))
            return
        self._by_digest[digest] = name
        try:
            self._sort(path, content, is_named=is_named)
        except StoredFileError as error:
            self._skipped.append(Passed(name, str(error).removeprefix(f"{name} ").removeprefix(f"{name}: ")))

    def _sort(self, path: Path, content: bytes, *, is_named: bool) -> None:
        kind = _kind_of(content)
        if (read := self._readers.get(kind)) is not None:
            self._read.append(Result(str(path), read(path)))
        elif kind:
            self._left_out.append(Passed(str(path), f"it holds {kind}, which has no place on the page"))
        elif is_named:
            message = "it is JSON, and no result of batchmark; name sweeps, comparisons, calibrations or claims"
            raise StoredFileError(message)
        else:
            self._left_out.append(Passed(str(path), "it is no result of batchmark"))

    def results(self) -> Results:
        return Results(tuple(self._read), tuple(self._skipped), tuple(self._left_out), tuple(self._twice))


_SWEEP = "sweep"
_CALIBRATION = "calibration"
_READERS: Readers = {
    _SWEEP: read_any_sweep,
    COMPARISON_KEY: read_comparison,
    _CALIBRATION: read_calibration,
    CLAIMS.key: CLAIMS.read,
}


def _kind_of(content: bytes) -> str:
    """Return what a file holds: a key of `_READERS`, the key of another form of ours, or nothing of ours."""
    if content.startswith(f'{{"{HEADER.key}"'.encode()):
        return _SWEEP
    try:
        held = json.loads(content)
    except (ValueError, RecursionError):
        # Its reader says what is wrong with it.
        return _SWEEP
    match held:
        case {"benchmarks": list(), "machine_info": dict()}:
            return _SWEEP if f'"{CELL_KEY}"'.encode() in content else ""
        case {"schema": _, "budget_seconds": _, "false_alarms": _}:
            return _CALIBRATION
        case dict():
            return next((key for key in held if key.startswith(f"{_OURS}_")), "")
        case _:
            return ""


def _below(folder: Path) -> Iterator[Path]:
    """Yield what is to be read in a folder, in order of name, without what is hidden in it."""
    for path in sorted(folder.rglob("*.json")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
