"""The upgrade from the command line, over simulated turns: what is printed, stored and answered."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.comparison import ComparedCell
from batchmark.doors.command_line import main
from batchmark.files.calibration import CalibratedCell, Calibration, write_calibration
from batchmark.files.comparison import read_comparison
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description, find_workload
from simulated_sides import FACTS, SimulatedSides

Run = Callable[..., Result]


def _described(sides: Mapping[str, object], name: str, **_: bool) -> dict[str, Description]:
    workload = find_workload(name)
    return dict.fromkeys(sides, workload.described(name=name, examples=workload.examples))


@pytest.fixture
def another_python(tmp_path: Path) -> Path:
    path = tmp_path / "an environment" / "python"
    path.parent.mkdir()
    path.symlink_to(sys.executable)
    return path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, another_python: Path) -> Run:
    """Run `batchmark upgrade` of times alone, in a folder and with user's folders of its own."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    kept = tmp_path / "kept" / "calibration.json"
    monkeypatch.setattr("batchmark.doors.upgrade.default_path", lambda: kept)

    def upgrade(machine: SimulatedSides, *arguments: str, sides: tuple[str, ...] | None = None) -> Result:
        monkeypatch.setattr("batchmark.studies.live.times.run_sides", machine)
        monkeypatch.setattr("batchmark.studies.live.upgrade.describe_on_both", _described)
        named = ("--baseline-python", str(another_python)) if sides is None else sides
        options = ["--no-memory", "--no-counters", "--no-explain", "--no-quality", "--batch-sizes", "16,32,64"]
        return CliRunner().invoke(main, ["upgrade", *named, *options, *arguments])

    return upgrade


@pytest.mark.parametrize(
    ("machine", "code", "verdict"),
    [
        (SimulatedSides(), 0, "Unchanged: of 4 judged, 4 unchanged"),
        (SimulatedSides(slower={32: 1.05}), 1, "Regressed: of 4 judged, 2 regressed, 2 unchanged"),
        (SimulatedSides(process=0.05), 3, "Inconclusive: of 4 judged, 4 inconclusive"),
        (SimulatedSides(slower=0.9), 0, "Improved: of 4 judged, 4 improved"),
    ],
)
def test_the_exit_code_is_the_answer(run: Run, machine: SimulatedSides, code: int, verdict: str) -> None:
    result = run(machine)
    assert (result.exit_code, verdict in result.stdout) == (code, True), result.output


def test_the_comparison_is_stored_as_it_was_printed(run: Run) -> None:
    result = run(SimulatedSides(slower={32: 1.05}), "--json", "out.json", "--markdown", "out.md", "--junit", "out.xml")
    assert result.exit_code == 1
    stored = json.loads(Path("out.json").read_text())
    assert {"environment", "policy", "cells", "verdict"} <= stored.keys()
    assert stored["verdict"] == "regressed"
    assert {"baseline", "candidate"} <= stored["environment"].keys()
    slow = next(c for c in stored["cells"] if c["batch_size"] == 32 and c["metric"] == "seconds_per_epoch")
    assert slow["verdict"] == "regressed"
    assert slow["interval"][0] < slow["effect"] < slow["interval"][1]
    assert {"workload", "loop", "baseline", "candidate", "rounds", "restarts", "warnings"} <= slow.keys()
    assert read_comparison(Path("out.json")).stopped is None
    assert "egressed" in Path("out.md").read_text()
    assert "<testsuite" in Path("out.xml").read_text()
    judged_again = CliRunner().invoke(main, ["gate", "--upgrade", "out.json", "--tolerance", "seconds_per_epoch=10%"])
    assert judged_again.exit_code == 0, judged_again.output


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Sweep((), FACTS, "interrupted by Ctrl-C", interrupted=True), "interrupted by Ctrl-C"),
        (Sweep((), {}, "the worker was killed by signal 9"), "the candidate could not go on: the worker was killed"),
    ],
)
def test_what_did_not_finish_is_stored_marked_and_exits_2(run: Run, ended: Sweep, said: str) -> None:
    result = run(SimulatedSides(slower=1.5, stopped={3: ended}), "--json", "out.json")
    assert result.exit_code == 2
    assert said in result.stdout
    stored = read_comparison(Path("out.json"))
    assert stored.stopped is not None
    assert said in stored.stopped
    assert any(cell.effect is not None and cell.restarts == 3 for cell in stored.cells)


def test_memory_is_left_out_and_that_said_where_both_sides_are_one_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("measured memory")

    monkeypatch.setattr("batchmark.studies.live.upgrade.compare_memory", never)
    result = run(SimulatedSides(), "--memory", "--json", "out.json", sides=("--baseline-python", sys.executable))
    assert result.exit_code == 0, result.output
    stored = read_comparison(Path("out.json"))
    assert stored.warnings == ("memory is not compared: both sides are one environment with the same code",)
    assert "memory is not compared" in " ".join(result.stdout.split())


def test_memory_is_compared_where_sides_differ(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[object] = []

    def compare_memory(*asked: object, **_: object) -> list[ComparedCell]:
        compared.append(asked)
        return []

    monkeypatch.setattr("batchmark.studies.live.upgrade.compare_memory", compare_memory)
    assert "memory is not compared" not in run(SimulatedSides(), "--memory").stdout
    assert len(compared) == 1


def test_tolerances_of_the_project_are_heeded_and_the_command_line_goes_first(run: Run) -> None:
    Path("pyproject.toml").write_text('[tool.batchmark.tolerances]\nseconds_per_epoch = "20 %"\n')
    assert run(SimulatedSides(slower=1.05)).exit_code == 0
    assert run(SimulatedSides(slower=1.05), "--tolerance", "seconds_per_epoch=1%").exit_code == 1


def test_the_machines_noise_floor_stands_beside_the_verdicts(run: Run, tmp_path: Path) -> None:
    cell = CalibratedCell("blobs", "seconds_per_epoch", 32, "fit", 0.03, 0.00001, 12, 0.0071, 0.017)
    kept = Calibration((cell,), {"device": "CPU", "cores": 2}, 60.0, DEFAULT_LOOKS[-1], 0.95, 12, 0, 0.2)
    write_calibration(kept, tmp_path / "kept" / "calibration.json")
    result = run(SimulatedSides(), "--json", "out.json")
    assert "noise floor" in result.stdout
    assert "it is noisier now" in " ".join(result.stdout.split())
    (found,) = [each for each in read_comparison(Path("out.json")).cells if each.noise_floor]
    assert found.batch_size == 32


def test_a_calibration_of_another_machine_or_budget_is_not_shown(run: Run, tmp_path: Path) -> None:
    cell = CalibratedCell("blobs", "seconds_per_epoch", 32, "fit", 0.03, 0.00001, 12, 0.0071, 0.017)
    for facts, budget in (({"device": "GPU", "cores": 2}, 60.0), ({"device": "CPU", "cores": 2}, 30.0)):
        write_calibration(
            Calibration((cell,), facts, budget, DEFAULT_LOOKS[-1], 0.95, 12, 0, 0.2), tmp_path / "other.json"
        )
        result = run(SimulatedSides(), "--json", "out.json", "--calibration", str(tmp_path / "other.json"))
        assert result.exit_code == 0, result.output
        assert not any(each.noise_floor for each in read_comparison(Path("out.json")).cells)
        assert "noisier" not in result.stdout


def test_a_calibration_that_can_not_be_read_is_no_reason_not_to_measure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "calibration.json").write_text("{}")
    result = run(SimulatedSides())
    assert result.exit_code == 0
    assert "batchmark: without the noise of this machine" in result.stderr


@pytest.mark.parametrize(
    ("sides", "arguments", "said"),
    [
        ((), (), "baseline and candidate are the same; name them with --baseline"),
        (("--baseline-python", "nowhere/python"), (), "the baseline: no Python at"),
        (("--baseline", "x==1", "--baseline-python", "python"), (), "type --baseline or --baseline-python"),
        (("--baseline", "x = 1"), (), "the baseline: '='"),
        (("--baseline-backend", "abacus"), (), "expected"),
        (
            ("--baseline-backend", "jax"),
            ("--loop", "fit:jit_compile"),
            "the baseline has no loop fit:jit_compile: JAX runs Keras there, which has fit, fit:steps_per_execution",
        ),
        (
            ("--baseline", "torch==2.13.0"),
            ("--loop", "compiled"),
            "the baseline has no loop compiled: PyTorch runs Keras there, which has fit, fit:jit_compile",
        ),
        (("--baseline-backend", "jax"), ("--threads", "100000"), "--threads 100000: this process may run on"),
        (("--baseline-ref", "nowhere"), ("--workload", "mine:workload"), "the baseline: "),
        (("--baseline-ref", "HEAD"), (), "a revision is compared by your own code"),
        (None, ("--tolerance", "quality=0"), "a tolerance of 0 on quality"),
        (None, ("--restarts", "1"), "restarts"),
        (None, ("--calibration", "nowhere.json"), "there is no file nowhere.json"),
        (None, ("--workload", "nix"), "nix"),
        (None, ("--batch-sizes", "0"), "batch size"),
        (None, ("--loop", "nix"), "unknown loop 'nix'"),
        (None, ("--budget", "soon"), "--budget is 'soon'; expected a time above 0"),
        (None, ("--precision", "wide"), "--precision is 'wide'; expected a share, as in 1%"),
        (None, ("--tolerance", "speed=1%"), "speed"),
        (None, ("--tolerance", "blob.seconds_per_epoch=1%"), "named for workload 'blob', and blobs is compared"),
        (None, ("--json", "nowhere/out.json"), "nowhere/out.json can't be written: No such file or directory"),
        (None, ("--config", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_bad_input_is_one_clear_line_before_anything_is_measured(
    run: Run, sides: tuple[str, ...] | None, arguments: tuple[str, ...], said: str
) -> None:
    machine = SimulatedSides()
    result = run(machine, *arguments, sides=sides)
    assert result.exit_code == 2, result.output
    last = result.stderr.splitlines()[-1]
    assert last.startswith(("batchmark: ", "Error: "))
    assert said in last
    assert machine.asked == []
    assert "Traceback" not in result.output


def test_two_environments_on_other_hardware_are_refused(run: Run) -> None:
    result = run(SimulatedSides(facts={"candidate": {"device": "GPU"}}))
    assert result.exit_code == 2
    assert "measured on another device" in result.stderr


def test_help_says_what_the_exit_codes_mean() -> None:
    said = " ".join(CliRunner().invoke(main, ["upgrade", "--help"]).stdout.split())
    assert "Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged" in said
    assert "3 inconclusive" in said


def test_nothing_is_written_into_the_users_folder(run: Run) -> None:
    run(SimulatedSides())
    left: Any = os.listdir()  # noqa: PTH208  names alone
    assert left == []
