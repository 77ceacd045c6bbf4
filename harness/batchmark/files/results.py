"""Stored results of every kind, from files and from folders: what can be read, and what not, by name."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.comparison import Comparison
from batchmark.errors import BatchmarkError, StoredFileError
from batchmark.files.answers import StoredAnswer
from batchmark.files.brief import BriefSweep, brief_of, is_same_run, read_brief
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
    """With the same content as a file that was taken, or the same run of a sweep."""
    sweeps: tuple[BriefSweep, ...] = ()
    """Every sweep in brief, be it among those that were `read` or not."""
    releases: tuple[Path, ...] = ()
    """asv's results: what was measured of a release each, which who knows of releases reads."""


Choose = Callable[[Results], Collection[str]]
"""Takes results whose sweeps are all in brief, and returns the names of those that are to be read in full."""


def every_sweep(results: Results) -> Collection[str]:
    """Return the names of all sweeps."""
    return [each.name for each in results.sweeps]


def read_results(paths: Sequence[Path], *, choose: Choose = every_sweep, more: Readers | None = None) -> Results:
    """Read every file of `paths`, and every ``*.json`` below their folders, in order of name; hidden folders aside.

    Of sweeps, those are read in full that `choose` names; `more` reads kinds of files whose records stand above this
    room.

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
        for file in files_below(path):
            gathering.take(file, is_named=False)
        if gathering.number == before:
            message = (
                f"the folder {path} holds no result; name one with sweeps or comparisons, as of batchmark sweep --json "
                "FILE and batchmark upgrade --json FILE"
            )
            raise BatchmarkError(message)
    found = gathering.chosen(choose)
    if not (found.read or found.releases):
        why = [f"{each.name}: {each.why}" for each in (*found.skipped, *found.left_out)]
        rest = f"; and {len(why) - _SEVERAL} more" if len(why) > _SEVERAL else ""
        message = f"nothing can be read of {len(why)} files: {'; '.join(why[:_SEVERAL])}{rest}"
        raise BatchmarkError(message)
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every ``*.json`` in a folder, in order of name, without what is hidden in it."""
    for path in sorted(folder.rglob("*.json")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def read_sweeps(folder: Path, choose: Choose) -> Results:
    """Return every sweep below `folder` in brief, those in full that `choose` names, and what can't be read.

    Other results are not looked into.
    """
    gathering = _Gathering(sweeps_alone=True)
    for file in files_below(folder):
        gathering.take(file, is_named=False)
    return gathering.chosen(choose)


class _Gathering:
    """Takes files, and keeps what they hold: of sweeps what is known in brief."""

    def __init__(self, more: Readers | None = None, *, sweeps_alone: bool = False) -> None:
        self._readers = {} if sweeps_alone else {**_READERS, **(more or {})}
        self._seen: set[Path] = set()
        self._by_digest: dict[bytes, str] = {}
        self._of_seconds: dict[tuple[float, ...], list[BriefSweep]] = {}
        self._copies: dict[str, list[BriefSweep]] = {}
        self._read: dict[str, Content] = {}
        self._sweeps: dict[str, BriefSweep] = {}
        self._skipped: list[Passed] = []
        self._left_out: list[Passed] = []
        self._twice: dict[str, str] = {}
        self._order: list[str] = []
        self._releases: list[Path] = []

    @property
    def number(self) -> int:
        """How many results were found, those that can't be read included."""
        return len(self._order) + len(self._skipped) + len(self._twice) + len(self._releases)

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
            self._skip(name, f"it can't be read: {error.strerror}; check its permissions")
            return
        brief = None if content.startswith(_JOURNAL) else read_brief(content, name)
        if brief and brief.seconds_per_epoch:
            self._keep(brief)
        elif same := self._same(name, content):
            self._twice[name] = same
        elif brief:
            self._keep(brief)
        else:
            try:
                self._sort(path, content, is_named=is_named)
            except StoredFileError as error:
                self._skip(name, str(error))

    def chosen(self, choose: Choose) -> Results:
        """Return what was found, with those sweeps in full that are chosen, until each of them can be read."""
        while wanted := [name for name in dict.fromkeys(choose(self.results())) if name not in self._read]:
            for name in wanted:
                self._read_whole(name)
        return self.results()

    def results(self) -> Results:
        """Return what was found until now, in the order in which it was."""
        unreadable = {each.name for each in self._skipped}
        twice = [(Passed(name, f"the same as {same}"), same in unreadable) for name, same in self._twice.items()]
        return Results(
            tuple(Result(name, self._read[name]) for name in self._order if name in self._read),
            (*self._skipped, *(each for each, is_lost in twice if is_lost)),
            tuple(self._left_out),
            tuple(each for each, is_lost in twice if not is_lost),
            tuple(self._sweeps[name] for name in self._order if name in self._sweeps),
            tuple(self._releases),
        )

    def _read_whole(self, name: str) -> None:
        try:
            self._read[name] = read_any_sweep(Path(name))
        except StoredFileError as error:
            # Damage in what nobody has looked at before; a copy of it may be whole.
            damaged = self._sweeps.pop(name)
            self._of_seconds[_seconds_of(damaged)].remove(damaged)
            self._skip(name, str(error))
            for copy in self._copies.pop(name, []):
                del self._twice[copy.name]
                self._keep(copy)

    def _keep(self, brief: BriefSweep) -> None:
        """Keep a sweep, unless the run that it is of was kept before, however that was written."""
        alike = self._of_seconds.setdefault(_seconds_of(brief), [])
        of_its_machine = (other for other in alike if other.machine_info == brief.machine_info)
        if same := next((other for other in of_its_machine if is_same_run(brief, other)), None):
            self._twice[brief.name] = same.name
            self._copies.setdefault(same.name, []).append(brief)
            return
        alike.append(brief)
        self._sweeps[brief.name] = brief
        self._order.append(brief.name)

    def _skip(self, name: str, why: str) -> None:
        self._skipped.append(Passed(name, why.removeprefix(f"{name} ").removeprefix(f"{name}: ")))

    def _same(self, name: str, content: bytes) -> str | None:
        """Return the file that had the same content before; None: there was none."""
        first = self._by_digest.setdefault(hashlib.sha256(content).digest(), name)
        return None if first == name else first

    def _sort(self, path: Path, content: bytes, *, is_named: bool) -> None:
        name, kind = str(path), _kind_of(content)
        if kind == _SWEEP:
            # A journal, or what only its whole tells.
            self._keep(brief_of(read_any_sweep(path), name))
        elif kind == _RELEASE:
            self._releases.append(path)
        elif kind == _BESIDE_RELEASES:
            pass
        elif (read := self._readers.get(kind)) is not None:
            self._read[name] = read(path)
            self._order.append(name)
        elif kind:
            self._left_out.append(Passed(name, f"it holds {kind}, which has no place on the page"))
        elif is_named:
            message = "it is JSON, and no result of batchmark; name sweeps, comparisons, calibrations or claims"
            raise StoredFileError(message)
        else:
            self._left_out.append(Passed(name, "it is no result of batchmark"))


def _seconds_of(brief: BriefSweep) -> tuple[float, ...]:
    return tuple(sorted(brief.seconds_per_epoch.values()))


_SWEEP = "sweep"
_CALIBRATION = "calibration"
_RELEASE = "what asv measured of a release"
_BESIDE_RELEASES = "what asv keeps beside that"
_JOURNAL = f'{{"{HEADER.key}"'.encode()
_READERS: Readers = {
    COMPARISON_KEY: read_comparison,
    _CALIBRATION: read_calibration,
    CLAIMS.key: CLAIMS.read,
}


def _kind_of(content: bytes) -> str:
    """Return what a file holds: a sweep, asv's, a key of `_READERS` or of another form of ours, or nothing of ours."""
    if content.startswith(_JOURNAL):
        return _SWEEP
    try:
        held = json.loads(content)
    except (ValueError, RecursionError):
        # Its reader says what is wrong with it.
        return _SWEEP
    kind = ""
    match held:
        case {"benchmarks": list(), "machine_info": dict()}:
            kind = _SWEEP if f'"{CELL_KEY}"'.encode() in content else ""
        case {"schema": _, "budget_seconds": _, "false_alarms": _}:
            kind = _CALIBRATION
        case {"commit_hash": _, "env_name": _, "results": dict()}:
            kind = _RELEASE
        case {"version": int(), **others} if {"machine", "num_cpu"} <= others.keys() or _are_benchmarks(others):
            kind = _BESIDE_RELEASES
        case dict():
            kind = next((key for key in held if key.startswith(f"{_OURS}_")), "")
    return kind


def _are_benchmarks(found: Mapping[object, object]) -> bool:
    """Whether these are what asv knows of its benchmarks, by their names."""
    return bool(found) and all(isinstance(each, dict) and "param_names" in each for each in found.values())
