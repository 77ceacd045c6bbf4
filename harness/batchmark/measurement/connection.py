"""The controller's end of a worker process."""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from batchmark.errors import (
    MalformedMessageError,
    TrainingError,
    UnsupportedPlatformError,
    WorkerDiedError,
    WorkerSilentError,
)
from batchmark.measurement.bytecode import bytecode_setting
from batchmark.measurement.protocol.failures import Failure, error_of
from batchmark.measurement.protocol.lines import Message, Progressed, answer_to, line_of, message_from
from batchmark.measurement.protocol.request import Answer, Request
from batchmark.workloads.to_the_point import last_words

Progress = Callable[[float], None]

# A first epoch may compile for minutes; a worker that says nothing for this long hangs.
DEFAULT_TIMEOUT_SECONDS = 900.0
# What a worker started may hold its pipe open when it has ended: between looks whether it still lives.
_SECONDS_BETWEEN_LOOKS = 0.5
_SHOWN_BYTES = 60
_PLATFORMS = ("linux", "darwin")


class Worker:
    """A live worker process. Use as a context manager: no process is left behind, none that it started either.

    It leads a session of its own: Ctrl-C at a terminal reaches the controller alone, and the worker is ended with all
    that it started and that did not leave its process group. Should the controller be killed, the worker does that
    itself (`batchmark.measurement.worker`).
    """

    def __init__(
        self,
        *,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        """Start a worker with `python`, in `folder` or this process's own; `environment` adds to this process's own.

        A worker of this process's own Python finds modules where this process does.
        `timeout_seconds` bounds the silence between a request and the next line of its answer.

        Raises WorkerDiedError: there is no such program, no room for its output, no process left.
        UnsupportedPlatformError: this system can't end a worker with all that it started.
        """
        _require_platform()
        self._timeout = timeout_seconds
        self._buffer = b""
        self._ending = threading.Lock()
        self._is_over = False
        with ExitStack() as undone:
            try:
                self._log = undone.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))
                self._process = subprocess.Popen(  # noqa: S603  our own module
                    [python, "-m", "batchmark.measurement.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._log,
                    cwd=folder,
                    start_new_session=True,
                    env={
                        **os.environ,
                        **bytecode_setting(python, os.environ),
                        **_import_path(python),
                        **(environment or {}),
                    },
                )
            except OSError as error:
                where = f" in {folder}" if folder else ""
                message = f"no worker can be started with {python}{where}: {error.strerror or error}"
                raise WorkerDiedError(message) from error
            # The process writes into it: it is closed with the worker.
            undone.pop_all()

    def __enter__(self) -> Self:
        """Return the worker."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process, at once if it doesn't end by itself."""
        self.close()

    @property
    def process_id(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def ask(
        self, request: Request[Answer], *, progress: Progress | None = None, timeout_seconds: float | None = None
    ) -> Answer:
        """Ask the worker and return its answer; `progress` is told the share that is done, where it says so.

        `timeout_seconds` replaces the worker's own. Raises TrainingError: the worker answered with an error, or with
        something else than the request is answered with. WorkloadError, UnknownNameError: the workload is to blame.
        MissingPackageError: a package is missing there. WorkerDiedError: it ended, or was ended because it doesn't
        speak as a worker does. WorkerSilentError: it did not answer in time and was ended.
        """
        self._send(line_of(request), doing=request.name)
        while True:
            said = self._read_message(request.name, self._timeout if timeout_seconds is None else timeout_seconds)
            match said:
                case Progressed(share):
                    if progress:
                        progress(share)
                case Failure():
                    raise error_of(said)
                case _:
                    try:
                        return answer_to(request, said)
                    except MalformedMessageError as error:
                        what = f"the worker's answer to {request.name!r}"
                        message = f"{what} is not what was asked for ({error}); is it another Batchmark?"
                        raise TrainingError(message) from error

    def kill(self) -> None:
        """End the process and what it started, at once; a request that waits for it raises WorkerDiedError."""
        with self._ending:
            self._kill_group()

    def close(self) -> None:
        """End the process and forget its output."""
        self.kill()
        self._wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                # What was not yet written has nobody left to read it.
                _close_quietly(stream.close)
        self._log.close()

    def _kill_group(self) -> None:
        # Once it has been waited for, its number may be another's.
        if not self._is_over:
            # macOS says that it is not permitted where only dead ones are left in the group.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _wait(self) -> int:
        """Wait for the worker's end, end what it left behind, and return its exit code."""
        code = self._process.wait()
        with self._ending:
            # A group that has somebody left in it keeps the worker's number.
            self._kill_group()
            self._is_over = True
        return code

    def _send(self, line: str, *, doing: str) -> None:
        assert self._process.stdin  # noqa: S101  opened as a pipe
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except OSError as error:
            raise self._death(doing) from error

    def _read_message(self, doing: str, timeout: float) -> Message:
        line = self._read_line(doing, timeout)
        try:
            return message_from(line)
        except MalformedMessageError as error:
            # What comes after such a line can't be told from an answer to the next request.
            self.kill()
            start = line[:_SHOWN_BYTES].decode(errors="replace")
            message = f"the worker's answer to {doing!r} is none, it begins with {start!r}; the worker was ended"
            raise WorkerDiedError(message) from error

    def _read_line(self, doing: str, timeout: float) -> bytes:
        assert self._process.stdout  # noqa: S101  opened as a pipe
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                # Asked first: what it said before it ended is there to be read.
                has_ended = self._process.poll() is not None
                left = deadline - time.monotonic()
                if selector.select(0 if has_ended else max(0.0, min(left, _SECONDS_BETWEEN_LOOKS))):
                    chunk = os.read(self._process.stdout.fileno(), 1 << 16)
                    if not chunk:
                        raise self._death(doing)
                    self._buffer += chunk
                elif has_ended:
                    raise self._death(doing)
                elif left <= 0:
                    self.kill()
                    message = f"the worker said nothing for {timeout:.0f} s while it did {doing!r}; it was ended"
                    raise WorkerSilentError(message)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _death(self, doing: str) -> WorkerDiedError:
        code = self._wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._log.seek(0)
        tail = last_words(self._log.read())
        return WorkerDiedError(
            f"the worker {how} while it did {doing!r}" + (f"; its last words: {tail}" if tail else "")
        )


def _require_platform() -> None:
    if not sys.platform.startswith(_PLATFORMS):
        message = (
            f"measuring runs on Linux and macOS, and this is {sys.platform}; measure in WSL 2 or on another machine "
            "(batchmark show and batchmark gate read what was stored there)"
        )
        raise UnsupportedPlatformError(message)


def _import_path(python: str) -> dict[str, str]:
    own = python == sys.executable
    return {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)} if own else {}


def _close_quietly(close: Callable[[], None]) -> None:
    try:
        close()
    except OSError:
        return
