"""The plugin's part that sees to it that nothing measured is lost, whatever ends the run or becomes of its file."""

import platform
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from io import IOBase
from pathlib import Path

import pytest

from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.errors import BatchmarkError, StoredFileError, why_stopped
from batchmark.files.journal.form import HEADER, Header
from batchmark.files.journal.places import open_in_cache, open_journal
from batchmark.files.journal.writing import Journal, marked
from batchmark.measurement.plan import Plan
from batchmark.progress import Progress
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description


class JournalDoor:
    """One sweep's journal, and what became of the file that was asked for.

    The journal goes where everything in it stands in that file, or where none was asked for and the run ended as it
    was to. Otherwise it stays, and is named.
    """

    def __init__(self, config: pytest.Config, plan: Plan, workloads: Mapping[str, Description]) -> None:
        """Open a journal for a sweep of `workloads` by `plan`.

        Raises StoredFileError: the file that was asked for can't be written.
        """
        option = config.option
        self._json = _path_of(getattr(option, "benchmark_json", None))
        saves = getattr(option, "benchmark_save", None) or getattr(option, "benchmark_autosave", None)
        is_disabled = getattr(option, "benchmark_disable", False) and not getattr(option, "benchmark_enable", False)
        self._is_to_be_stored = bool(self._json or saves) and not is_disabled
        self._first_line = HEADER.line(
            Header(
                started=datetime.now(UTC).isoformat(),
                machine_info=_machine(),
                arguments=tuple(map(str, config.invocation_params.args)),
                plan=asdict(plan),
                workloads={name: asdict(workload) for name, workload in workloads.items()},
            )
        )
        self.journal = Journal(warn=lambda text: _say(f"batchmark: warning: {text}"))
        self.failures: list[str] = []
        """What could not be written, and why."""
        self._was_to_store = False
        self._stopped: str | None = None
        self._is_told = False
        try:
            self.journal.file = open_journal(self._json, self._first_line)
        except StoredFileError as error:
            if self._json and self._is_to_be_stored:
                raise
            _say(f"batchmark: warning: {error}; without one, a run that is killed leaves nothing")
        self._guard_saving(config)

    def say_where(self, progress: Progress) -> None:
        """Tell where the journal is: whoever reads the log of a job that was killed finds what it had measured."""
        if self.journal.file:
            progress(phase="journal", done=0, of=0, detail=f"{self.journal.file.path} has the rounds as they come")

    def keep(self, measure: Callable[[Journal], Sweep]) -> Sweep:
        """Return what `measure` returns or, whatever it raises, what it had measured until then.

        SIGTERM ends it as Ctrl-C does. Raises what `measure` raises where nothing had been measured.
        """
        try:
            with sigterm_as_ctrl_c():
                sweep = measure(self.journal)
        except BaseException as error:
            if not self.journal.has_rounds:
                raise
            sweep = self._so_far(error)
        for record in sweep.records:
            self.journal.show(record)
        self._stopped = sweep.stopped
        self.journal.end(sweep.stopped)
        return sweep

    def stored(self) -> None:
        """Take that pytest-benchmark is about to store everything."""
        self._was_to_store = True

    @property
    def is_stored(self) -> bool:
        """Whether all that was measured stands in what was asked for."""
        return self._was_to_store and not self.failures

    def end_of_report(self) -> list[str]:
        """Return what is to be said of the file and the journal, a line each; nothing where all is well."""
        return [*self.failures, *([self._where_it_is()] if self._is_needed else [])]

    def told(self) -> None:
        """Take that the summary has been printed, and that with it."""
        self._is_told = True

    def close(self) -> None:
        """Remove the journal unless it has what stands nowhere else; say where it is, if nobody has yet."""
        if not self._is_told and self.journal.has_rounds:
            # What was to print it could not: standard output may be full.
            for line in (*self.failures, self._where_it_is()):
                _say(f"batchmark: {line}")
        elif self.journal.file and not self._is_needed:
            self.journal.file.remove()
        if self.journal.file:
            self.journal.file.close()

    @property
    def _is_needed(self) -> bool:
        """Whether the journal has what stands nowhere else."""
        if not self.journal.has_rounds:
            return False
        if self._is_to_be_stored:
            return not self.is_stored
        return self._stopped is not None

    def _where_it_is(self) -> str:
        file = self.journal.file
        if not (file and file.is_whole):
            try:
                file = open_in_cache(self._first_line)
            except StoredFileError as error:
                return f"What was measured stands nowhere but here: {error}"
            self.journal.write_again(file)
        if not file.is_whole:
            file.remove()
            return f"What was measured stands nowhere but here: no journal can be written ({file.failure})"
        return f"What was measured is in {file.path}; to see it again: batchmark show {file.path}"

    def _so_far(self, error: BaseException) -> Sweep:
        why = _why(error)
        records = tuple(marked(record, why) for record in self.journal.records)
        is_users = isinstance(error, (KeyboardInterrupt, SystemExit, pytest.exit.Exception))
        if isinstance(error, Exception) and not isinstance(error, BatchmarkError):
            _say("".join(traceback.format_exception(error)))
        return Sweep(records, self.journal.facts, why, interrupted=is_users)

    def _guard_saving(self, config: pytest.Config) -> None:
        """Let a file that can't be written be told, instead of ending everything that comes after it."""
        # pytest-benchmark writes at the end of a hook's wrapper: what it raises there takes the summary, JUnit's file
        # and every other plugin's last words with it, and no hook of ours can be in between.
        session = getattr(config, "_benchmarksession", None)
        save: Callable[[], None] | None = getattr(session, "handle_saving", None)
        if session is None or save is None:
            return

        def guarded() -> None:
            try:
                save()
            except Exception as error:  # noqa: BLE001  whatever it is, the summary is to be printed
                self.failures.append(self._of_saving(error))

        session.handle_saving = guarded

    def _of_saving(self, error: Exception) -> str:
        if not isinstance(error, OSError):
            return f"The sweep could not be stored: {type(error).__name__}: {error}"
        path = error.filename or self._json or "The file to be saved"
        return f"{path} could not be written: {error.strerror or error}"


def _path_of(asked_for: object) -> Path | None:
    # Older releases of pytest-benchmark open the file as they read their options.
    named = getattr(asked_for, "name", None) if isinstance(asked_for, IOBase) else asked_for
    return Path(named) if isinstance(named, (str, Path)) else None


def _machine() -> dict[str, str]:
    """Return where this is, under the names that pytest-benchmark has for it."""
    return {
        "node": platform.node(),
        "machine": platform.machine(),
        "system": platform.system(),
        "release": platform.release(),
        "python_version": platform.python_version(),
    }


def _why(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return why_stopped(error)
    told = " ".join(str(error).split()).removesuffix(".")
    if isinstance(error, BatchmarkError):
        return told
    if isinstance(error, pytest.fail.Exception) and "timeout" in told.lower():
        return f"time-out: {told}"
    whose = "an error of batchmark's own, " if isinstance(error, Exception) else ""
    return f"{whose}{type(error).__name__}: {told}"


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201  pytest's terminal may be what fails
