"""What was obtained is kept in a folder, a file a part: a second call goes on where the first one ended."""

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import platformdirs

from batchmark.errors import StoredFileError, WorkloadError
from batchmark.files.json_file import read_json
from batchmark.files.typed import MisfitError, plain, typed
from batchmark.files.whole_file import write_whole
from batchmark.studies.laboratory.parts import Arm, Fits, Fitting, Timed, Timing
from batchmark.trainings import Followed
from batchmark.workloads import find_workload, is_built_in
from batchmark.workloads.registry import module_of
from batchmark.workloads.users_files import add_workloads_module

RESULTS_VERSION = 2
"""Raised with each change to this package after which a training or a timing comes out otherwise."""

_MOST_FILES = 2_000
_CHANGING = ("load_at_start", "governor")
"""Facts that change from hour to hour: they are stored and are no part of the key."""


def default_folder() -> Path:
    """Return where parts are kept unless a user says otherwise: a folder of the user's cache."""
    return Path(platformdirs.user_cache_dir("batchmark")) / "laboratory"


@dataclass(frozen=True)
class _KeptFollowed:
    key: str
    part: object
    obtained: Followed


@dataclass(frozen=True)
class _KeptTimed:
    key: str
    part: object
    obtained: Timed


@dataclass(frozen=True)
class _KeptFits:
    key: str
    part: object
    obtained: Fits


class Shelf:
    """A folder of parts."""

    def __init__(self, folder: Path, facts: Mapping[str, object]) -> None:
        """Take the folder, which need not exist, and what is known of framework, device and threads.

        Raises StoredFileError: the folder can't be made.
        """
        self._folder = folder
        self._facts = {name: value for name, value in facts.items() if name not in _CHANGING}
        self._code: dict[str, str] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{folder} can't be made: {error.strerror}; name another folder by --keep"
            raise StoredFileError(message) from error

    def arm(self, arm: Arm) -> Followed | None:
        """Return what was kept of `arm`; None where there is nothing, or nothing that can be read."""
        kept = self._read(arm, _KeptFollowed)
        return kept.obtained if kept else None

    def timing(self, timing: Timing) -> Timed | None:
        """Return what was kept of `timing`; None as above."""
        kept = self._read(timing, _KeptTimed)
        return kept.obtained if kept else None

    def fitting(self, fitting: Fitting) -> Fits | None:
        """Return what was kept of `fitting`; None as above."""
        kept = self._read(fitting, _KeptFits)
        return kept.obtained if kept else None

    def keep(self, part: Arm | Timing | Fitting, obtained: Followed | Timed | Fits) -> None:
        """Keep what was obtained of a part. Raises StoredFileError: it can't be written."""
        content = {"key": self._key(part), "part": plain(part), "obtained": plain(obtained)}
        write_whole(self._path(part), json.dumps(content, allow_nan=False))

    def _read(self, part: Arm | Timing | Fitting, form: type["_Kept"]) -> "_Kept | None":
        path = self._path(part)
        if not path.exists():
            return None
        try:
            kept = typed(read_json(path, "it is measured anew where it is gone"), form)
        except (StoredFileError, MisfitError):
            # Of an older version, or half of it: it is measured anew.
            return None
        return kept if kept.key == self._key(part) else None

    def _path(self, part: Arm | Timing | Fitting) -> Path:
        return self._folder / f"{part.workload.rpartition(':')[2].rpartition('.')[2]}-{self._key(part)[:24]}.json"

    def _key(self, part: Arm | Timing | Fitting) -> str:
        """Return a digest of all that a part comes of: itself, versions, device, threads and the workload's code."""
        names = [name for name, _ in part.places] if isinstance(part, Timing) else [part.workload]
        for name in names:
            if name not in self._code:
                self._code[name] = _code_of(name)
        code = [self._code[name] for name in dict.fromkeys(names)]
        told = (RESULTS_VERSION, type(part).__name__, plain(part), plain(self._facts), *code)
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


_Kept = TypeVar("_Kept", _KeptFollowed, _KeptTimed, _KeptFits)


def _code_of(workload: str) -> str:
    """Return what stands for a workload's code: a built-in one's version, a digest of a user's own files.

    Of all Python files beside the module that holds it and below, environments apart: what is imported from elsewhere,
    and the data that it reads, aren't seen.

    Raises WorkloadError: there is no such module, or there are too many files beside it.
    """
    if is_built_in(workload):
        return str(find_workload(workload).version)
    name = module_of(workload)
    add_workloads_module(name)
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        message = f"there is no module {name}; name a file of Python that can be imported from here"
        raise WorkloadError(message)
    folder = Path(spec.origin).parent
    digest = hashlib.sha256()
    files = sorted(islice(_python_files(folder), _MOST_FILES + 1))
    if len(files) > _MOST_FILES:
        message = f"{folder} has more than {_MOST_FILES} files of Python; put the workload into a folder of its own"
        raise WorkloadError(message)
    for path in files:
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _python_files(folder: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(folder):
        # Not environments, nor what tools keep.
        folders[:] = [each for each in folders if not each.startswith((".", "__")) and not _is_environment(top, each)]
        yield from (Path(top) / each for each in files if each.endswith(".py"))


def _is_environment(top: str, folder: str) -> bool:
    return (Path(top) / folder / "pyvenv.cfg").exists() or folder in {"site-packages", "node_modules"}
