"""The controller's end of a worker, against programs that are none."""

import errno
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.connection import Worker
from stand_in_session import environment


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


def test_a_full_disk_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", _raises(errno.ENOSPC))
    with pytest.raises(WorkerDiedError, match="as the system says it"):
        Worker()


@pytest.mark.parametrize("line", ["no JSON at all", "[1, 2]", '{"neither": "nor"}', "5"])
def test_what_does_not_speak_as_a_worker_is_ended(tmp_path: Path, line: str) -> None:
    with Worker(python=_answering(tmp_path, line)) as worker:
        with pytest.raises(WorkerDiedError, match="the worker's answer to 'facts' is none, it begins with") as caught:
            worker.request("facts", dict[str, object])
        assert repr(line) in str(caught.value)
        with pytest.raises(WorkerDiedError):
            worker.request("facts", dict[str, object])


def test_an_answer_of_another_kind_than_was_asked_for_is_one_line_and_the_worker_lives_on(tmp_path: Path) -> None:
    python = _answering(tmp_path, '{"progress": 0.5}', '{"result": {"many": []}}', '{"result": 2.5}')
    with Worker(python=python) as worker:
        with pytest.raises(TrainingError, match="is not what was asked for") as caught:
            worker.request("try_loop", float)
        assert "\n" not in str(caught.value)
        assert worker.request("try_loop", float) == 2.5


def test_sigterm_leaves_a_worker_to_its_controller_and_ends_what_it_forks_as_ever(tmp_path: Path) -> None:
    with Worker(environment=environment(tmp_path)) as worker:
        worker.request("facts", dict[str, object])
        os.kill(worker.process_id, signal.SIGTERM)
        assert worker.request("facts", dict[str, object])["worker"] == worker.process_id
        assert worker.request("terminated", int) == -signal.SIGTERM
