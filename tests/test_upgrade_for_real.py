"""Two revisions of a user's own code, and two TensorFlow releases, compared for real."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import batchmark

SLOWED = Path(batchmark.__file__).parent / "workloads" / "slowed.py"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A user's repository whose working tree takes three times as long at batch size 32 and lost its momentum."""
    folder = tmp_path / "a user's code"
    folder.mkdir()
    module = folder / "slowed.py"
    shutil.copy(SLOWED, module)
    identity = ("-c", "user.name=user", "-c", "user.email=user@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*identity, "commit", "--quiet", "-m", "before")):
        subprocess.run(["git", *arguments], check=True, cwd=folder)  # noqa: S607  the user's
    planted = 'os.environ.update(BATCHMARK_SLOWED="32:2.0", BATCHMARK_DEFECT="momentum")\n'
    module.write_text(f"{module.read_text()}\n{planted}")
    return folder


def _upgrade(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "batchmark.doors.command_line", "upgrade", "--json", "out.json", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_DATA_HOME": str(folder.parent / "data")},
    )
    stored = json.loads((folder / "out.json").read_text()) if (folder / "out.json").exists() else {}
    return done.returncode, stored, done.stdout + done.stderr


def _cell(stored: dict[str, Any], metric: str, size: int) -> dict[str, Any]:
    return next(cell for cell in stored["cells"] if (cell["metric"], cell["batch_size"]) == (metric, size))


@pytest.mark.exhaustive
def test_a_slow_down_and_a_training_defect_of_ones_own_are_named_at_their_batch_size(repository: Path) -> None:
    options = ("--workload", "slowed:workload", "--batch-sizes", "32,64", "--budget", "16s", "--no-memory")
    code, stored, said = _upgrade(repository, "--baseline-ref", "HEAD", *options)
    assert code == 1, said
    slowed = _cell(stored, "seconds_per_epoch", 32)
    assert slowed["verdict"] == "regressed"
    assert slowed["interval"][0] > 1.3
    assert _cell(stored, "seconds_per_epoch", 64)["verdict"] != "regressed"
    assert _cell(stored, "quality", 32)["verdict"] == "regressed"
    assert stored["environment"]["baseline"]["revision"].startswith("HEAD (")
    assert stored["stopped"] is None


@pytest.mark.exhaustive
def test_the_same_revision_twice_trains_alike(repository: Path) -> None:
    subprocess.run(["git", "tag", "same"], check=True, cwd=repository)  # noqa: S607  the user's
    options = ("--workload", "slowed:workload", "--batch-sizes", "32", "--budget", "8s", "--no-memory")
    sides = ("--baseline-ref", "HEAD", "--candidate-ref", "same")
    code, stored, said = _upgrade(repository, *sides, *options, "--tolerance", "seconds_per_epoch=30%")
    assert code == 0, said
    assert _cell(stored, "quality", 32)["verdict"] == "unchanged"
    assert _cell(stored, "seconds_per_epoch", 32)["verdict"] == "unchanged"


@pytest.mark.exhaustive
def test_two_tensorflow_releases_are_installed_and_compared(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    sides = ("--baseline", "tensorflow-cpu==2.20.0", "--candidate", "tensorflow-cpu==2.21.0")
    code, stored, said = _upgrade(folder, *sides, "--batch-sizes", "32,64,128", "--budget", "8s")
    assert code in (0, 1, 3), said
    assert stored["stopped"] is None
    environment = stored["environment"]
    assert (environment["baseline"]["tensorflow"], environment["candidate"]["tensorflow"]) == ("2.20.0", "2.21.0")
    assert environment["baseline"]["packages"]["scikit-learn"]
    metrics = {cell["metric"] for cell in stored["cells"]}
    assert metrics == {
        "seconds_per_epoch",
        "overhead_per_step",
        "cost_per_example",
        "first_epoch_seconds",
        "peak_bytes",
        "quality",
    }
    assert all(cell["effect"] is not None for cell in stored["cells"]), said
