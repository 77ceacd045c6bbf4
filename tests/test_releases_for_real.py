"""Two TensorFlow releases, for real: installed, measured once, compared and published."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batchmark.environments.locked import locked_python
from repository import ROOT

pytest.importorskip("asv")

RELEASES = ("v2.20.0", "v2.21.0")
# What a release's environment must not hold: it would measure something else than what a user has.
NOT_OURS = {"pytest", "asv", "asv-runner", "matplotlib", "pandas", "statsmodels", "msgspec", "batchmark"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The repository's own list and suite, with results and site elsewhere, and environments that are kept."""
    folder = tmp_path / "a project"
    shutil.copytree(
        ROOT / "benchmarks" / "releases",
        folder / "benchmarks" / "releases",
        ignore=shutil.ignore_patterns("results", "__pycache__"),
    )
    text = (ROOT / "asv.conf.json").read_text()
    kept = json.dumps(str(ROOT / ".asv" / "environments"))
    (folder / "asv.conf.json").write_text(re.sub(r'("env_dir": )".*"', lambda found: found[1] + kept, text))
    return folder


def _in(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(project), "UV_CACHE_DIR": _uv_cache()},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _uv_cache() -> str:
    """The user's, whose home is another one here: a release is half a gigabyte to download."""
    from uv import find_uv_bin  # noqa: PLC0415  part of what importorskip asks for

    return subprocess.run([find_uv_bin(), "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.exhaustive
def test_two_releases_are_measured_compared_and_published(project: Path) -> None:
    options = ("--only", "2.20.0,2.21.0", "--workload", "blobs", "--passes", "1", "--machine", "here")
    said = _in(project, "batchmark.doors.command_line", "releases", "run", *options)
    assert "2 sessions measured, 0 were there" in said
    results = [
        json.loads(path.read_text())
        for path in (project / "benchmarks" / "releases" / "results" / "here").glob("*-release-*.json")
    ]
    assert len(results) == 2
    for result in results:
        column = result["result_columns"].index("samples")
        for name, values in result["results"].items():
            assert values[column], name
            assert all(values[column]), name
    report = _in(project, "batchmark.doors.command_line", "releases", "report")
    assert re.search(r"^v2\.21\.0 +Blobs +fit +[01]\.\d{3}", report, re.MULTILINE)
    assert "Blobs: measured together once" in report
    _in(project, "asv", "publish")
    index = json.loads((project / "build" / "site" / "index.json").read_text())
    assert set(RELEASES) <= set(index["tags"])
    for tag in RELEASES:
        lock = (ROOT / "benchmarks" / "releases" / "locks" / f"{tag}.txt").read_text()
        python = locked_python(lock, ROOT / ".asv" / "environments")
        code = "from importlib.metadata import distributions as d; print(*(x.name.lower() for x in d()))"
        held = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.split()
        assert "tensorflow-cpu" in held or "tensorflow_cpu" in held
        assert not NOT_OURS & set(held)
