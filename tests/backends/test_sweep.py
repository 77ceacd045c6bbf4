"""A sweep on the backend in use, as a user runs it: in processes of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from batchmark.backends import PROPER_NAMES
from batchmark.files.sweep import read_sweep
from batchmark.training.backend import the_backend
from batchmark.training.keras_versions import is_keras_3

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has one backend")
BACKEND = the_backend().name


def test_a_sweep_is_measured_stored_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "sweep.json"
    options = ["--backend", BACKEND, "--batch-sizes", "32,64", "--turns", "2", "--budget", "5s", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "batchmark.doors.command_line", "sweep", "blobs", *options],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    stored = read_sweep(file)
    assert {record.cell.backend for record in stored.records} == {BACKEND}
    assert {record.cell.batch_size for record in stored.records} == {32, 64}
    assert all(record.rounds for record in stored.records)
    assert json.loads(file.read_text())["machine_info"]["batchmark"][BACKEND]
    assert PROPER_NAMES[BACKEND] in done.stdout
