"""The Keras release that made small epochs slower, found for real."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.exhaustive
def test_the_keras_release_after_3_6_that_made_epochs_slower_is_found(tmp_path: Path) -> None:
    options = ("--with", "tensorflow-cpu==2.18.1", "--batch-sizes", "128", "--tolerance", "5%", "--json", "out.json")
    ends = ("--good", "keras==3.6.0", "--bad", "keras==3.9.0")
    done = subprocess.run(
        [sys.executable, "-m", "batchmark.doors.command_line", "bisect", *ends, *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    stored = json.loads((tmp_path / "out.json").read_text())
    assert stored["releases"] == ["3.7.0", "3.8.0"]
    assert stored["is_found"]
