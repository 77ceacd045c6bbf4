"""A slow-down of one's own, planted: a night finds it, measures it again, and confirms it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import batchmark
from batchmark.files.comparison import read_comparison
from batchmark.studies.nights.issue import CONFIRMED

SLOWED = Path(batchmark.__file__).parent / "workloads" / "slowed.py"


@pytest.mark.exhaustive
def test_a_planted_slow_down_is_confirmed_at_its_batch_size(tmp_path: Path) -> None:
    module = tmp_path / "slowed.py"
    shutil.copy(SLOWED, module)
    identity = ("-c", "user.name=user", "-c", "user.email=user@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*identity, "commit", "--quiet", "-m", "before")):
        subprocess.run(["git", *arguments], check=True, cwd=tmp_path)  # noqa: S607  the user's
    module.write_text(f'{module.read_text()}\nos.environ["BATCHMARK_SLOWED"] = "32:1.0"\n')
    options = ("--workload", "slowed:workload", "--batch-sizes", "32,64", "--budget", "8s", "--restarts", "4")
    cheap = ("--no-memory", "--no-quality", "--tolerance", "seconds_per_epoch=25%")
    program = (sys.executable, "-m", "batchmark.doors.command_line", "nightly", "upgrade")
    night = subprocess.run(
        [*program, "--into", "night", "--baseline-ref", "HEAD", *options, *cheap],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")},
    )
    assert night.returncode == 1, night.stdout + night.stderr
    assert "1 regression confirmed by a second run." in night.stdout
    for name in ("first", "second"):
        found = read_comparison(tmp_path / "night" / f"{name}.json")
        slow = next(cell for cell in found.cells if cell.counts and cell.batch_size == 32)
        assert slow.effect == pytest.approx(2, rel=0.25)
    assert (tmp_path / "night" / "issue.md").read_text(encoding="utf-8").startswith(CONFIRMED)
