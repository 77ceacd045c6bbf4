"""Where there is no POSIX: what was stored can be read and judged, and measuring says where it runs."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from batchmark.files.comparison import comparison_as_json
from compared import cell_of, comparison_of, sweep_stored, write_sweep
from repository import ROOT as _ROOT
from synthetic import gaussian, sweep_of

# Of this package alone: what it leans on is imported before, as it knows a Windows of its own.
_WINDOWS = """
import sys, os, signal, select
import click, rich.progress, rich.console, rich.table, numpy, scipy.special, scipy.optimize, pytest, platformdirs
import pytest_benchmark.plugin, packaging.requirements, msgspec, subprocess, selectors, tempfile, multiprocessing
for module in ("resource", "fcntl", "termios", "pwd", "grp", "pty", "tty", "syslog"):
    sys.modules[module] = None
for name in ("fork", "killpg", "getpgid", "getpgrp", "getsid", "setsid", "getloadavg", "sched_getaffinity", "sysconf",
             "uname", "waitid", "getuid", "mkfifo", "WNOHANG"):
    if hasattr(os, name):
        delattr(os, name)
del signal.SIGKILL, signal.SIGHUP, select.poll
sys.platform = "win32"
from batchmark.doors.command_line import main
sys.argv[0] = "batchmark"
main()
"""


def _batchmark(*arguments: str, folder: Path, encoding: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _WINDOWS, *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "200"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, encoding=encoding, cwd=folder, env=environment
    )


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder that holds a comparison and two sweeps."""
    (tmp_path / "pyproject.toml").write_text("")
    cells = [cell_of(1.0, width=1.005), cell_of(-0.004, metric="quality", tolerance=0.017)]
    (tmp_path / "result.json").write_text(comparison_as_json(comparison_of(cells)))
    rng = np.random.default_rng(4)
    for day in (1, 2):
        sweep = sweep_of(rng, noise=gaussian(0.02), sizes=(32, 64, 128))
        write_sweep(tmp_path / f"{day}.json", sweep_stored(sweep, day=day))
    return tmp_path


# Not every terminal there can show all that is printed.
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "1.json"), 0),
        (("gate", "--upgrade", "result.json"), 0),
        (("gate", "--baseline", "1.json", "--candidate", "2.json", "--json", "gate.json"), 3),
    ],
    ids=str,
)
def test_what_was_stored_is_read_and_judged_without_posix(stored: Path, arguments: tuple[str, ...], code: int) -> None:
    done = _batchmark(*arguments, folder=stored, encoding="cp1252")
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout


@pytest.mark.parametrize("arguments", [("largest", "blobs"), ("upgrade", "--baseline-python", sys.executable)], ids=str)
def test_measuring_says_in_one_line_where_it_runs(stored: Path, arguments: tuple[str, ...]) -> None:
    done = _batchmark(*arguments, folder=stored, encoding="utf-8")
    assert done.returncode == 2
    assert "measuring runs on Linux and macOS, and this is win32; measure in WSL 2" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stdout + done.stderr


def test_the_metadata_and_the_readme_name_the_platforms() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    systems = {each for each in project["classifiers"] if each.startswith("Operating System")}
    assert systems == {"Operating System :: MacOS", "Operating System :: POSIX :: Linux"}
    readme = (_ROOT / "README.md").read_text()
    assert "Linux and macOS" in readme
    assert "Windows" in readme
