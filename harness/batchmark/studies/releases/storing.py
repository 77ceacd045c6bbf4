"""The sessions of a pass on their way into asv's results: kept in a folder until they are there."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batchmark.errors import BatchmarkError, StoredFileError
from batchmark.progress import Progress
from batchmark.studies.releases.session import ReleaseSession
from batchmark.studies.releases.session_file import read_session, write_session
from batchmark.timeline.asv_runs import Configuration, record_sessions
from batchmark.timeline.history import NOT_MEASURED, Commit, read_measurements


@dataclass(frozen=True)
class Store:
    """Where sessions are stored: asv's results of one machine."""

    configuration: Configuration
    machine: str
    folder: Path
    """Holds what is not asv's: its output, ``run.log``, and ``sessions`` that are not stored yet."""

    def add(self, sessions: Mapping[str, ReleaseSession], *, suite: str) -> None:
        """Add a session of each of some releases, by commit.

        Raises BatchmarkError: it could not be stored; what was measured is kept and the folder named.
        """
        try:
            (self._unstored / suite).mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self._unstored / suite, prefix="pass-"))
            for commit, session in sessions.items():
                write_session(session, folder, commit)
        except (OSError, StoredFileError) as error:
            reason = getattr(error, "strerror", None) or error
            message = f"what was measured can't be kept in {self._unstored}, and is lost: {reason}"
            raise BatchmarkError(message) from error
        self._add(folder, sessions, suite)

    def add_kept(self, progress: Progress) -> None:
        """Add what an earlier run measured and could not store.

        Raises BatchmarkError: it can't be read, or can't be stored this time either.
        """
        for folder in sorted(self._unstored.glob("*/pass-*")):
            suite = folder.parent.name
            sessions = {path.name: _read_kept(folder, path.name) for path in sorted(folder.iterdir())}
            lacking = self._lacking(sessions, suite)
            if lacking:
                progress(phase="storing", done=0, of=1, detail=f"{len(lacking)} sessions of an earlier run, by asv")
                self._add(folder, lacking, suite)
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _unstored(self) -> Path:
        return self.folder / "sessions" / self.machine

    def _add(self, folder: Path, sessions: Mapping[str, ReleaseSession], suite: str) -> None:
        try:
            self._record(folder, list(sessions), suite)
            lacking = self._lacking(sessions, suite)
        except BatchmarkError as error:
            raise _kept(folder, str(error)) from error
        if lacking:
            # asv's exit code is the same as where a benchmark has no value.
            raise _kept(folder, f"asv did not store what was measured; its words are in {self._log}")
        shutil.rmtree(folder, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.folder / "run.log"

    def _record(self, folder: Path, commits: list[str], suite: str) -> None:
        machine = self.machine
        record_sessions(self.configuration, commits, suite=suite, machine=machine, measured=folder, log=self._log)

    def _lacking(self, sessions: Mapping[str, ReleaseSession], suite: str) -> dict[str, ReleaseSession]:
        """Return those of `sessions` that measured something and are not in the results."""
        commits = [Commit(commit, "", "", "") for commit in sessions]
        stored, unreadable = read_measurements(self.configuration.results, self.machine, commits)
        if unreadable:
            raise BatchmarkError(unreadable[0])
        return {
            commit: session
            for commit, session in sessions.items()
            if session.has_measured
            and session.pass_started not in stored.get(commit, NOT_MEASURED).passes.get(suite, ())
        }


def _kept(folder: Path, why: str) -> BatchmarkError:
    return BatchmarkError(
        f"{why}; what was measured is kept in {folder}, and the next batchmark releases run stores it"
    )


def _read_kept(folder: Path, commit: str) -> ReleaseSession:
    try:
        return read_session(folder, commit)
    except StoredFileError as error:
        # Another version of Batchmark may have written it.
        message = f"{folder} holds a pass that was not stored and can't be read ({error}); delete it to go on"
        raise BatchmarkError(message) from error
