"""Releases from the command line, by asv itself: measured in passes, taken up again, compared, published."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from batchmark.doors.command_line import main
from batchmark.studies.releases.passes import PassesDone
from batchmark.studies.releases.session import ReleaseSession
from stand_in_releases import write_list

pytest.importorskip("asv")

RELEASES = [("main", f"1.{minor}.0", f"2023-{minor + 1:02}-01") for minor in range(6)]
SUITE = """
from batchmark.doors.asv.suite import measure, tracks
from batchmark.studies.releases.session import ReleaseSession, Tracked

BLOBS = Tracked("blobs", batch_sizes="16,31,32,33,64", loops=("fit",), turns=4, seeds=2)

@tracks(BLOBS)
class Blobs:
    def setup_cache(self) -> ReleaseSession:
        return measure(BLOBS)
"""
CONFIGURATION = {
    "version": 1,
    "project": "frame",
    "repo": ".asv/releases",
    "dvcs": "git",
    "branches": ["main"],
    "plugins": [".batchmark.doors.asv.environment"],
    "environment_type": "release",
    "pythons": ["3.11"],
    "build_command": [],
    "install_command": [],
    "uninstall_command": [],
    "benchmark_dir": "suite",
    "env_dir": ".asv/environments",
    "results_dir": "results",
    "html_dir": "site",
    "launch_method": "forkserver",
}
_HEAD = """\
python = "3.11"
beside = []
alone = []

[[line]]
branch = "main"
package = "frame"
name = "Frame"
title = "Frame releases"
tag_prefix = "v"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the repository's own, of six stand-in releases of which the fourth is 5 % slower."""
    folder = tmp_path_factory.mktemp("a project")
    write_list(folder / "list", RELEASES, head=_HEAD)
    (folder / "asv.conf.json").write_text(json.dumps(CONFIGURATION))
    (folder / "suite").mkdir()
    (folder / "suite" / "__init__.py").touch()
    (folder / "suite" / "workloads.py").write_text(SUITE)
    return folder


def _batchmark(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(Path(__file__).parent.parent / "simulated_sessions.py"), *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        # asv keeps the machines it knows in the user's home.
        env={**os.environ, "HOME": str(project), "NO_COLOR": "1"},
    )


def _run(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return _batchmark(project, "releases", "run", "--list", "list/releases.toml", "--machine", "here", *arguments)


def _stored(project: Path) -> list[Path]:
    return sorted(path for path in (project / "results" / "here").glob("*.json") if path.name != "machine.json")


@pytest.fixture(scope="module")
def measured(project: Path) -> Path:
    """The project after three passes: one over a part of the releases, and then what was missing."""
    first = _run(project, "--only", "1.1.0,v1.2.0", "--passes", "1")
    assert first.returncode == 0, first.stderr
    assert "2 sessions measured, 0 were there" in first.stdout
    assert len(_stored(project)) == 2
    rest = _run(project, "--workload", "blobs")
    assert rest.returncode == 0, rest.stderr
    # 1.1.0 and 1.2.0 were measured once more, together with 1.0.0 and 1.3.0: so they had their later ones before.
    assert "18 sessions measured, 6 were there" in rest.stdout
    assert len(_stored(project)) == 6
    return project


def test_nothing_new_is_measured_again(measured: Path) -> None:
    again = _run(measured)
    assert (again.returncode, again.stdout.partition(";")[0]) == (0, "0 sessions measured, 18 were there")


def test_the_slower_release_is_named_and_no_other(measured: Path) -> None:
    report = _batchmark(measured, "releases", "report", "--markdown", "report.md")
    assert report.returncode == 0, report.stderr
    rows = dict(re.findall(r"^(v1\.\d\.0) .* (\w+)$", report.stdout, re.MULTILINE))
    assert rows == {tag: "regressed" if tag == "v1.3.0" else "unchanged" for tag in rows}
    assert len(rows) == len(RELEASES) - 1
    assert "Regressed in Frame 1.3.0 (against Frame 1.2.0): Blobs fit: all sizes 1.0" in report.stdout
    assert report.stdout.count("Regressed in ") == 1
    assert "Improved in" not in report.stdout
    written = (measured / "report.md").read_text()
    assert "### Frame 1.3.0 (2023-04-01), against Frame 1.2.0" in written
    assert "| Blobs | fit | batch size 33 |" in written


def _asv(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "asv", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(project)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_asv_itself_compares_and_publishes_them(measured: Path) -> None:
    compared = _asv(measured, "compare", "--machine", "here", "v1.2.0", "v1.3.0")
    assert "workloads.Blobs.track_seconds_per_epoch('fit', 32)" in compared
    _asv(measured, "publish")
    index = json.loads((measured / "site" / "index.json").read_text())
    assert index["benchmarks"]["workloads.Blobs.track_power_of_two_contrast"]["params"] == [["'fit'"], ["32"]]
    assert sorted(index["tags"]) == [f"v{version}" for _, version, _ in RELEASES]


def test_a_results_file_cut_short_is_named_and_the_rest_compared(measured: Path, tmp_path: Path) -> None:
    broken = _stored(measured)[0]
    whole = broken.read_text()
    broken.write_text(whole[: len(whole) // 2])
    try:
        report = _batchmark(measured, "releases", "report")
        assert report.returncode == 2
        assert report.stderr.startswith(f"batchmark: {broken.resolve()} can't be read")
        assert "delete it, and its release is measured again" in report.stderr
        assert "Not measured: v1." in report.stdout
        refused = _run(measured)
        assert (refused.returncode, refused.stderr.splitlines()[-1]) == (2, report.stderr.strip())
    finally:
        broken.write_text(whole)


def test_another_machines_results_are_not_added_to(measured: Path) -> None:
    path = measured / "results" / "here" / "machine.json"
    whole = path.read_text()
    path.write_text(json.dumps({**json.loads(whole), "cpu": "An Abacus"}))
    try:
        refused = _run(measured)
        assert refused.returncode == 2
        assert "results of a machine called 'here' are another machine's: cpu is" in refused.stderr
        assert "use another --machine" in refused.stderr
    finally:
        path.write_text(whole)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--only", "9.9"], "no release '9.9' in the list; there are v1.0.0, v1.1.0"),
        (["run", "--workload", "nix"], "'nix' is not tracked; blobs are"),
        (["run", "--config", "nowhere.json"], "no nowhere.json here"),
        (["report", "--machine", "there"], "no results of a machine called 'there'; there are those of here"),
    ],
)
def test_what_can_not_be_is_refused_in_one_line(measured: Path, arguments: list[str], said: str) -> None:
    options = ["--list", "list/releases.toml"] if arguments[0] == "run" else []
    refused = _batchmark(measured, "releases", *arguments, *options)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_report_that_can_not_be_written_is_refused_in_one_line(measured: Path) -> None:
    refused = _batchmark(measured, "releases", "report", "--markdown", "nowhere/report.md")
    assert refused.returncode == 2
    assert refused.stderr == "batchmark: nowhere/report.md can't be written: No such file or directory\n"


@pytest.mark.parametrize(
    ("done", "code", "said"),
    [
        (PassesDone(4, 0, 2, ("1.1.0: mine-8-fit: no kernel",)), 0, "4 sessions measured, 2 were there; "),
        (PassesDone(0, 3, 2, ("1.1.0: no wheel",)), 2, "0 sessions measured, 3 failed, 2 were there; "),
    ],
)
def test_a_run_after_which_a_release_lacks_a_session_exits_2(
    project: Path, monkeypatch: pytest.MonkeyPatch, done: PassesDone, code: int, said: str
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setattr("batchmark.doors.releases.run_passes", lambda *_, **__: done)
    result = CliRunner().invoke(main, ["releases", "run", "--list", "list/releases.toml", "--machine", "there"])
    assert result.exit_code == code
    assert said in result.output
    assert f"batchmark: {done.problems[0]}" in result.output


def test_a_suite_that_tracks_nothing_is_refused(project: Path, tmp_path: Path) -> None:
    for name in ("list", "asv.conf.json"):
        (tmp_path / name).symlink_to(project / name)
    refused = _run(tmp_path)
    assert refused.returncode == 2
    assert "tracks a workload" in refused.stderr


def test_a_release_of_which_nothing_can_be_compared_with_itself_says_why(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(
        _place: Any, _commit: Any, _tracked: Any, names: Any, *, pass_started: int, **__: Any
    ) -> dict[str, ReleaseSession]:
        return {name: ReleaseSession(pass_started, problems=("no kernel",)) for name in names}

    monkeypatch.chdir(project)
    monkeypatch.setattr("batchmark.doors.releases.measure_stand_ins", measure)
    result = CliRunner().invoke(main, ["releases", "itself", "1.1.0", "--list", "list/releases.toml"])
    assert result.exit_code == 2
    assert "batchmark: no kernel\n" in result.output
    assert "nothing was measured" in result.output


def test_without_results_there_is_nothing_to_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asv.conf.json").write_text(json.dumps(CONFIGURATION))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["releases", "report"])
    assert result.exit_code == 2
    assert "batchmark releases run measures releases" in result.output
