"""The workflows are no fiction: what a step runs, this suite or .ci/run runs too; and nobody's code reaches the GPU."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

from batchmark.doors.command_line import main
from batchmark.doors.nightly import nightly
from batchmark.doors.upgrade import upgrade
from batchmark.timeline.releases import read_releases
from batchmark.written.batch_sizes import parse_batch_sizes
from repository import ROOT
from stand_in_programs import install_gh, install_nvidia_smi

FOLDER = ROOT / ".github" / "workflows"
INSTALL = "python -m pip install tox"
SELF_HOSTED = ["self-hosted", "linux", "gpu"]
GUARD = ROOT / ".github" / "runner" / "only-nightly.sh"
REPOSITORY = "owner/name"

READ = {"contents": "read"}
PERMISSIONS = {
    ("ci", "lint"): READ,
    ("ci", "tests"): READ,
    ("ci", "package"): READ,
    ("ci", "keras-2"): READ,
    ("ci", "sweep"): READ,
    ("nightly-gpu", "measure"): READ,
    ("nightly-gpu", "issue"): {"contents": "read", "issues": "write"},
    ("nightly-gpu", "publish"): {"pages": "write", "id-token": "write"},
    ("site", "publish"): READ,
    ("site", "deploy"): {"pages": "write", "id-token": "write"},
}
"""Of each job: no more than this. A new job has to be written down here."""


class Step(NamedTuple):
    """A step of a job of a workflow."""

    workflow: str
    job: str
    content: Mapping[str, Any]


def _workflow(name: str) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return content


WORKFLOWS = {path.stem: _workflow(path.stem) for path in sorted(FOLDER.glob("*.yml"))}
JOBS = {(name, job): content for name, each in WORKFLOWS.items() for job, content in each["jobs"].items()}


def _steps() -> Iterator[Step]:
    for (name, job), content in JOBS.items():
        yield from (Step(name, job, step) for step in content["steps"])


RUNS = sorted({step.content["run"] for step in _steps() if "run" in step.content})
TOX = configparser.ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini", encoding="utf-8")


def _triggers(workflow: Mapping[Any, Any]) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    found = workflow.get("on", workflow.get(True))
    assert isinstance(found, dict)
    return found


def _asked(run: str) -> tuple[list[str], list[str]]:
    """Return a step's tox environments and what it passes on to their commands."""
    words = shlex.split(run)
    assert words[:3] == ["tox", "run", "-e"], f"{run!r} is neither a tox environment nor the installation of tox"
    assert words[4:5] in ([], ["--"]), f"{run!r} has more than environments before its --"
    return words[3].split(","), words[5:]


def _commands(environment: str, passed_on: Sequence[str]) -> list[list[str]]:
    """Return the commands of a tox environment, as tox would start them."""
    commands = TOX[f"testenv:{environment}"]["commands"].strip().splitlines()
    given = shlex.join(passed_on)
    return [
        shlex.split(re.sub(r"\{posargs(?::(.*))?\}", lambda match: given or match[1] or "", command))
        for command in commands
    ]


def _run_commands(environment: str, passed_on: Sequence[str], folder: Path) -> str:
    """Run what a tox environment runs, here, in `folder`; returns what is printed."""
    said = ""
    for program, *arguments in _commands(environment, passed_on):
        module = {"batchmark": "batchmark.doors.command_line"}.get(program, program)
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HOME": str(folder), "UV_CACHE_DIR": _uv_cache()},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said += done.stdout
    return said


def _uv_cache() -> str:
    """The user's, whose home is another one here."""
    return os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")


def _in_ci() -> set[str]:
    """Return the tox environments that .ci/run runs on a CPU."""
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    return {name for names in re.findall(r'"\$tox" run -e (\S+)', text) for name in names.split(",")}


RUN_HERE = {"nightly hardware", "nightly upgrade", "nightly issue", "releases", "site"}
"""What the tests below run."""


@pytest.mark.parametrize("run", RUNS)
def test_what_a_step_runs_is_run_on_a_cpu_too(run: str) -> None:
    if run == INSTALL:
        return
    environments, passed_on = _asked(run)
    for name in environments:
        assert f"testenv:{name}" in TOX
        what = f"nightly {passed_on[0]}" if name == "nightly" else name
        assert what in RUN_HERE | _in_ci(), f"nothing but a workflow runs {what}"


def test_all_that_is_run_here_is_a_workflows() -> None:
    asked = [_asked(run) for run in RUNS if run != INSTALL]
    named = {f"nightly {passed_on[0]}" if "nightly" in names else ",".join(names) for names, passed_on in asked}
    assert named >= RUN_HERE


@pytest.mark.parametrize("run", RUNS)
def test_no_expression_stands_in_a_script(run: str) -> None:
    assert "${{" not in run
    assert "\n" not in run.strip()


def _step(command: str) -> list[str]:
    """Return what the nightly's one step with this command passes on, with its variables as a night has them."""
    (found,) = {run for run in RUNS if run.startswith(f"tox run -e nightly -- {command} ")}
    values = {"NIGHT": "night", "RUN": "https://ci/7", "BASELINE": "tensorflow==2.21.0", "CANDIDATE": "tf-nightly"}
    return [re.sub(r"\$(\w+)", lambda match: values[match[1]], word) for word in _asked(found)[1]]


def test_the_hardware_is_recorded_as_the_workflow_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_nvidia_smi(monkeypatch, tmp_path / "bin")
    said = _run_commands("nightly", _step("hardware --require-gpu"), tmp_path)
    assert "GPU 0: NVIDIA H100 PCIe" in said
    assert (tmp_path / "night" / "before" / "nvidia-smi.txt").exists()


def test_the_issue_is_opened_as_the_workflow_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    github = install_gh(monkeypatch, tmp_path / "bin")
    (tmp_path / "night" / "upgrade").mkdir(parents=True)
    written = ROOT / "tests" / "report" / "golden" / "night" / "confirmed.md"
    shutil.copy(written, tmp_path / "night" / "upgrade" / "issue.md")
    _run_commands("nightly", _step("issue"), tmp_path)
    (issue,) = github.issues
    assert issue["title"] == "A night confirmed a regression"
    assert issue["body"] == written.read_text(encoding="utf-8")


def test_the_upgrades_arguments_are_some_that_it_knows() -> None:
    command, *arguments = _step("upgrade")
    above = click.Context(main, **main.context_settings)
    night = nightly.commands[command].make_context(command, list(arguments), parent=above).params
    assert night["require_gpu"]
    assert night["run"] == "https://ci/7"
    assert night["folder"] == Path("night/upgrade")
    chosen = upgrade.make_context("upgrade", list(night["arguments"]), parent=above).params
    assert (chosen["baseline"], chosen["candidate"]) == ("tensorflow==2.21.0", "tf-nightly")
    assert parse_batch_sizes(chosen["batch_sizes"], examples=500)


@pytest.mark.exhaustive
def test_an_upgrade_for_real_is_a_night(tmp_path: Path) -> None:
    small = [
        "--baseline-python",
        sys.executable,
        "--batch-sizes",
        "32",
        "--budget",
        "2s",
        "--no-memory",
        "--no-quality",
    ]
    said = _run_commands("nightly", ["upgrade", "--into", "night", "--workload", "blobs", *small], tmp_path)
    assert "Candidate against baseline, live" in said
    assert (tmp_path / "night" / "issue.md").read_text(encoding="utf-8").startswith("<!-- batchmark nightly: ")


def _project(folder: Path) -> Path:
    """Return a copy of what asv's commands need, with results and site elsewhere, and environments that are kept."""
    ignored = shutil.ignore_patterns("results", "__pycache__")
    shutil.copytree(ROOT / "benchmarks" / "releases", folder / "benchmarks" / "releases", ignore=ignored)
    text = (ROOT / "asv.conf.json").read_text(encoding="utf-8")
    kept = str(ROOT / ".asv" / "environments")
    (folder / "asv.conf.json").write_text(text.replace('".asv/environments"', f'"{kept}"'), encoding="utf-8")
    return folder


def test_the_site_is_published_as_the_workflow_does(tmp_path: Path) -> None:
    pytest.importorskip("asv")
    project = _project(tmp_path)
    machine = project / "benchmarks" / "releases" / "results" / "here"
    machine.mkdir(parents=True)
    (machine / "machine.json").write_text('{"machine": "here", "version": 1}')
    (machine.parent / "benchmarks.json").write_text('{"version": 2}')
    _run_commands("site", [], project)
    assert (project / "build" / "site" / "index.html").exists()


@pytest.mark.exhaustive
def test_a_release_is_measured_and_published_as_the_workflow_does(tmp_path: Path) -> None:
    pytest.importorskip("asv")
    project = _project(tmp_path)
    small = ["--only", "2.21.0", "--workload", "blobs", "--passes", "1", "--machine", "here"]
    assert "1 sessions measured, 0 were there" in _run_commands("releases", small, project)
    assert (project / "build" / "site" / "index.html").exists()


def test_workflows_are_linted_by_two_programs_that_know_them() -> None:
    programs = [command[0] for command in _commands("lint", [])]
    assert {"actionlint", "zizmor"} <= set(programs)


def test_a_night_begins_on_a_schedule_or_by_hand_and_never_with_a_pull_request() -> None:
    assert set(_triggers(WORKFLOWS["nightly-gpu"])) == {"schedule", "workflow_dispatch"}
    # It would run with the base repository's rights what somebody else wrote.
    assert not any("pull_request_target" in _triggers(workflow) for workflow in WORKFLOWS.values())


def test_one_job_alone_runs_on_our_own_machine_and_only_from_main() -> None:
    ours = [key for key, job in JOBS.items() if job["runs-on"] != "ubuntu-latest"]
    assert ours == [("nightly-gpu", "measure")]
    measure = JOBS["nightly-gpu", "measure"]
    assert measure["runs-on"] == SELF_HOSTED
    assert measure["if"] == "github.ref == 'refs/heads/main'"


def test_the_labels_are_known_to_the_linter() -> None:
    known = yaml.safe_load((ROOT / ".github" / "actionlint.yaml").read_text(encoding="utf-8"))
    assert known["self-hosted-runner"]["labels"] == ["gpu"]


def test_permissions_are_none_but_for_what_a_job_needs() -> None:
    assert all(workflow["permissions"] == {} for workflow in WORKFLOWS.values())
    assert {key: job["permissions"] for key, job in JOBS.items()} == PERMISSIONS


def test_no_secret_and_no_token_reaches_our_own_machine() -> None:
    assert not any("secrets." in path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml"))
    assert "github.token" not in str(JOBS["nightly-gpu", "measure"])
    assert "github.token" not in str(WORKFLOWS["nightly-gpu"]["env"])


def test_actions_are_pinned_by_hash_and_everywhere_to_the_same() -> None:
    used: dict[str, set[str]] = {}
    for path in FOLDER.glob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                match = re.fullmatch(r"\s*(?:- )?uses: ([\w/-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
                assert match, f"{path.name}: {line.strip()} is not pinned by hash, with its version beside it"
                used.setdefault(match[1], set()).add(match[2])
    assert used
    assert all(len(pins) == 1 for pins in used.values()), used


def test_a_checkout_leaves_no_token_behind() -> None:
    checkouts = [step for step in _steps() if step.content.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) >= len(WORKFLOWS)
    assert all(step.content["with"]["persist-credentials"] is False for step in checkouts)


def test_every_job_ends_some_time_and_no_workflow_runs_into_itself() -> None:
    assert all(isinstance(job["timeout-minutes"], int) for job in JOBS.values())
    assert all("concurrency" in workflow for workflow in WORKFLOWS.values())
    assert WORKFLOWS["nightly-gpu"]["concurrency"]["cancel-in-progress"] is False


def test_without_a_gpu_nothing_is_measured() -> None:
    steps = JOBS["nightly-gpu", "measure"]["steps"]
    (gate,) = [number for number, step in enumerate(steps) if step.get("id") == "hardware"]
    assert "--require-gpu" in steps[gate]["run"]
    later = [step for step in steps[gate + 1 :] if "run" in step]
    assert len(later) == 5
    assert all(step["if"] == "${{ !cancelled() && steps.hardware.outcome == 'success' }}" for step in later)


def test_what_a_night_compares_with_is_the_newest_release_of_the_list() -> None:
    lines = read_releases(ROOT / "benchmarks" / "releases" / "releases.toml")
    (newest,) = [line.releases[-1].version for line in lines if line.branch == "main"]
    wanted = f"tensorflow[and-cuda]=={newest}"
    assert WORKFLOWS["nightly-gpu"]["env"]["BASELINE"] == wanted
    assert JOBS["nightly-gpu", "measure"]["env"]["BATCHMARK_TENSORFLOW"] == wanted


NIGHT = {
    "BATCHMARK_REPOSITORY": REPOSITORY,
    "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/nightly-gpu.yml@refs/heads/main",
    "GITHUB_EVENT_NAME": "schedule",
}


def _guard(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    # As the runner starts it.
    return subprocess.run(["bash", "-e", GUARD], env=environment, capture_output=True, text=True, check=False)  # noqa: S607


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_the_machine_lets_a_night_of_main_in(event: str) -> None:
    assert _guard({**NIGHT, "GITHUB_EVENT_NAME": event}).returncode == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"GITHUB_EVENT_NAME": "pull_request"},
        {"GITHUB_EVENT_NAME": "pull_request_target"},
        {"GITHUB_EVENT_NAME": ""},
        {"GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/nightly-gpu.yml@refs/pull/7/merge"},
        {"GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/nightly-gpu.yml@refs/heads/other"},
        {"GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/ci.yml@refs/heads/main"},
        {"GITHUB_WORKFLOW_REF": "fork/name/.github/workflows/nightly-gpu.yml@refs/heads/main"},
        {"GITHUB_WORKFLOW_REF": ""},
    ],
)
def test_the_machine_refuses_every_other_job(changed: Mapping[str, str]) -> None:
    refused = _guard({**NIGHT, **changed})
    assert refused.returncode == 1
    assert refused.stdout.startswith("refused: this machine ")


@pytest.mark.parametrize("name", NIGHT)
def test_the_machine_refuses_what_it_can_not_tell(name: str) -> None:
    assert _guard({key: value for key, value in NIGHT.items() if key != name}).returncode == 1
