"""Workers find modules compiled where Python is told to write none beside its sources."""

import os
import sys
from pathlib import Path

import pytest

from batchmark.measurement.bytecode import bytecode_setting
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PYTHONDONTWRITEBYTECODE": ""},
        {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/somewhere"},
    ],
)
def test_where_python_keeps_compiled_modules_or_has_a_folder_nothing_is_set(environment: dict[str, str]) -> None:
    assert bytecode_setting(environment) == {}


def test_where_python_keeps_none_workers_share_a_folder_of_this_process() -> None:
    setting = bytecode_setting({"PYTHONDONTWRITEBYTECODE": "1"})
    assert setting["PYTHONDONTWRITEBYTECODE"] == ""
    assert Path(setting["PYTHONPYCACHEPREFIX"]).is_dir()
    assert bytecode_setting({"PYTHONDONTWRITEBYTECODE": "yes"}) == setting


def test_a_worker_leaves_its_compiled_modules_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    folder = Path(bytecode_setting(os.environ)["PYTHONPYCACHEPREFIX"])
    with Worker(python=sys.executable) as worker:
        worker.ask(requests.Facts())
    assert list(folder.rglob("worker.cpython-*.pyc"))
