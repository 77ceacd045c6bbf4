"""The controller's end of a worker, against programs that are none."""

import errno
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import TrainingError, UnsupportedPlatformError, WorkerDiedError, WorkerSilentError
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from stand_in_session import Terminated, environment

_TRIAL = requests.TryLoop("blobs", "fit", seed=0)


def _program(folder: Path, text: str) -> str:
    path = folder / "a python"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def _answering(folder: Path, *lines: str) -> str:
    """A program that answers its first request with these lines."""
    said = "".join(f"printf '%s\\n' '{line}'\n" for line in lines)
    return _program(folder, f"#!/bin/sh\nread request\n{said}read request\n")


def _raises(code: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(code, "as the system says it")

    return fail


def test_a_python_that_is_not_there_is_named_in_one_line(tmp_path: Path) -> None:
    python = str(tmp_path / "vanished")
    with pytest.raises(WorkerDiedError, match=r"^no worker can be started with .*/vanished: No such file or dir"):
        Worker(python=python)


def test_a_folder_that_is_not_there_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(
        WorkerDiedError, match=r"^no worker can be started with \S+ in \S+/vanished: No such file or dir"
    ):
        Worker(folder=tmp_path / "vanished")


def test_a_python_that_is_no_program_is_named_in_one_line(tmp_path: Path) -> None:
    python = _program(tmp_path, "nothing that a system could start")
    with pytest.raises(WorkerDiedError, match=r"^no worker can be started with .*/a python: Exec format error$"):
        Worker(python=python)


def test_a_machine_without_room_for_another_process_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", _raises(errno.ENOMEM))
    with pytest.raises(WorkerDiedError, match=r"^no worker can be started with \S+: as the system says it$"):
        Worker()


@pytest.mark.parametrize("platform", ["win32", "cygwin", "emscripten"])
def test_a_system_that_nothing_is_measured_on_says_where_it_is(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UnsupportedPlatformError, match=f"^measuring runs on Linux and macOS, and this is {platform}; "):
        Worker()


def test_a_full_disk_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", _raises(errno.ENOSPC))
    with pytest.raises(WorkerDiedError, match="as the system says it"):
        Worker()


@pytest.mark.parametrize("line", ["no JSON at all", "[1, 2]", '{"neither": "nor"}', "5"])
def test_what_does_not_speak_as_a_worker_is_ended(tmp_path: Path, line: str) -> None:
    with Worker(python=_answering(tmp_path, line)) as worker:
        with pytest.raises(WorkerDiedError, match="the worker's answer to 'facts' is none, it begins with") as caught:
            worker.ask(requests.Facts())
        assert repr(line) in str(caught.value)
        with pytest.raises(WorkerDiedError):
            worker.ask(requests.Facts())


def test_an_answer_of_another_kind_than_was_asked_for_is_one_line_and_the_worker_lives_on(tmp_path: Path) -> None:
    python = _answering(tmp_path, '{"progress": 0.5}', '{"answer": {"many": []}}', '{"answer": 2.5}')
    with Worker(python=python) as worker:
        with pytest.raises(TrainingError, match="is not what was asked for") as caught:
            worker.ask(_TRIAL)
        assert "\n" not in str(caught.value)
        assert worker.ask(_TRIAL) == 2.5


def test_sigterm_leaves_a_worker_to_its_controller_and_ends_what_it_forks_as_ever(tmp_path: Path) -> None:
    with Worker(environment=environment(tmp_path)) as worker:
        worker.ask(requests.Facts())
        os.kill(worker.process_id, signal.SIGTERM)
        assert worker.ask(requests.Facts())["worker"] == worker.process_id
        assert worker.ask(Terminated()) == -signal.SIGTERM


class _Line:
    """A pipe in the file system that processes hold open while they live."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def is_free(self, *, within_seconds: float = 60) -> bool:
        """Whether every process that held it is gone by then."""
        watched = select.poll()
        watched.register(self.end, 0)
        return bool(watched.poll(within_seconds * 1000))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[_Line]:
    held = _Line(tmp_path / "held")
    yield held
    os.close(held.end)


def _with_a_child(folder: Path, line: _Line, then: str) -> str:
    """A worker that starts a process, which holds its standard output and the `line`, and does something after that."""
    return _program(folder, f"#!/bin/sh\nexec 3>'{line.path}'\nread request\nsleep 600 &\n{then}\n")


@pytest.mark.parametrize(
    ("then", "how"),
    [("exit 3", "ended with exit code 3"), ("kill -9 $$", "was killed by signal 9"), ("exec 1>&-; exit 0", "code 0")],
)
def test_a_worker_that_leaves_a_child_behind_has_ended_all_the_same(
    tmp_path: Path, line: _Line, then: str, how: str
) -> None:
    with (
        Worker(python=_with_a_child(tmp_path, line, then)) as worker,
        pytest.raises(WorkerDiedError, match=how),
    ):
        worker.ask(requests.Facts(), timeout_seconds=120)
    assert line.is_free()


def test_what_a_worker_said_before_it_ended_is_read_though_a_child_holds_the_pipe(tmp_path: Path, line: _Line) -> None:
    said = 'echo "{\\"answer\\": 1.5}"; exit 0'
    with Worker(python=_with_a_child(tmp_path, line, said)) as worker:
        assert worker.ask(_TRIAL, timeout_seconds=120) == 1.5
        with pytest.raises(WorkerDiedError):
            worker.ask(_TRIAL, timeout_seconds=120)
    assert line.is_free()


@pytest.mark.parametrize("end", [Worker.kill, Worker.close], ids=["kill", "close"])
def test_a_worker_is_ended_with_all_that_it_started(tmp_path: Path, line: _Line, end: Callable[[Worker], None]) -> None:
    with Worker(python=_with_a_child(tmp_path, line, 'echo "{\\"answer\\": 1.5}"; wait')) as worker:
        worker.ask(_TRIAL)
        end(worker)
        assert line.is_free()


def test_a_worker_that_is_silent_is_ended_with_all_that_it_started(tmp_path: Path, line: _Line) -> None:
    with (
        Worker(python=_with_a_child(tmp_path, line, "wait"), timeout_seconds=0.1) as worker,
        pytest.raises(WorkerSilentError),
    ):
        worker.ask(_TRIAL)
    assert line.is_free()


def test_a_worker_can_be_ended_more_than_once_and_after_it_ended_by_itself(tmp_path: Path) -> None:
    worker = Worker(python=_program(tmp_path, "#!/bin/sh\nexit 0\n"))
    with pytest.raises(WorkerDiedError):
        worker.ask(requests.Facts())
    for _ in range(2):
        worker.kill()
        worker.close()


def test_ctrl_c_at_a_terminal_does_not_reach_what_a_worker_started(tmp_path: Path) -> None:
    with Worker(python=_answering(tmp_path)) as worker:
        assert os.getsid(worker.process_id) == os.getpgid(worker.process_id) == worker.process_id != os.getsid(0)


_CONTROLLER = """
import sys
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol.requests import Facts
with Worker(environment={"PYTHONPATH": sys.argv[1]}) as worker:
    worker.ask(Facts())
"""
_BUSY = """
import subprocess, time
held = open({path!r}, "w")
child = subprocess.Popen(["sleep", "600"], pass_fds=[held.fileno()])
held.write("trains"), held.flush()
time.sleep(600)
"""


def test_a_busy_worker_whose_controller_was_killed_ends_with_all_that_it_started(tmp_path: Path, line: _Line) -> None:
    (tmp_path / "tensorflow.py").write_text(_BUSY.format(path=str(line.path)))
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    controller = subprocess.Popen(
        [sys.executable, "-c", _CONTROLLER, path], env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.DEVNULL
    )
    watched = select.poll()
    watched.register(line.end, select.POLLIN)
    assert watched.poll(60_000)
    assert os.read(line.end, 100) == b"trains"
    controller.kill()
    controller.wait()
    assert line.is_free()
