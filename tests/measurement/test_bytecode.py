"""Workers find modules compiled where there are none, and Python is told to write none beside its sources."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchmark.measurement import bytecode
from batchmark.measurement.bytecode import bytecode_setting
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests

SILENT = {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Path]:
    """A Python's environment, with a package that isn't compiled."""
    (tmp_path / "lib" / "python3.11" / "site-packages" / "numpy" / "__pycache__").mkdir(parents=True)
    bytecode._has_compiled_packages.cache_clear()
    yield tmp_path
    bytecode._has_compiled_packages.cache_clear()


@pytest.mark.parametrize("variables", [{}, {"PYTHONDONTWRITEBYTECODE": ""}, {**SILENT, "PYTHONPYCACHEPREFIX": "/some"}])
def test_where_python_keeps_compiled_modules_or_has_a_folder_nothing_is_set(
    environment: Path, variables: dict[str, str]
) -> None:
    assert bytecode_setting(str(environment / "bin" / "python"), variables) == {}


def test_where_there_are_none_workers_share_a_folder_of_this_process(environment: Path) -> None:
    setting = bytecode_setting(str(environment / "bin" / "python"), SILENT)
    assert setting["PYTHONDONTWRITEBYTECODE"] == ""
    assert Path(setting["PYTHONPYCACHEPREFIX"]).is_dir()
    assert bytecode_setting(str(environment / "bin" / "other"), SILENT) == setting


def test_packages_that_were_compiled_when_they_were_installed_are_used(environment: Path) -> None:
    (environment / "lib/python3.11/site-packages/numpy/__pycache__/__init__.cpython-311.pyc").touch()
    assert bytecode_setting(str(environment / "bin" / "python"), SILENT) == {}


def test_a_worker_leaves_its_compiled_modules_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setattr(bytecode, "_has_compiled_packages", lambda _: False)
    folder = Path(bytecode_setting(sys.executable, os.environ)["PYTHONPYCACHEPREFIX"])
    with Worker(python=sys.executable) as worker:
        worker.ask(requests.Facts())
    assert list(folder.rglob("worker.cpython-*.pyc"))
