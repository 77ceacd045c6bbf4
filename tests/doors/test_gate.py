"""The gate from the command line: the exit code is the answer, bad input is one line and 2."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner, Result

from batchmark.comparison import Comparison
from batchmark.doors.command_line import main
from batchmark.files.comparison import read_comparison, write_comparison
from compared import cell_of, comparison_of, sweep_stored, write_sweep
from synthetic import gaussian, sweep_of

SIZES = (32, 64, 128)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder whose nearest pyproject.toml names nothing, where nothing is kept of this machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "kept"))
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)


def _gate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["gate", *arguments])


def _upgrade(value: float = 1.08, **fields: Any) -> Comparison:
    comparison = comparison_of([cell_of(value, width=1.005), cell_of(1.0, width=1.005, batch_size=64)], **fields)
    write_comparison(comparison, "result.json")
    return comparison


def _sweeps(slower: float = 1.0, **fields: Any) -> tuple[str, ...]:
    rng = np.random.default_rng(4)
    write_sweep(Path("main.json"), sweep_stored(sweep_of(rng, noise=gaussian(0.02), sizes=SIZES)))
    candidate = sweep_of(rng, noise=gaussian(0.02), sizes=SIZES, drift=[slower] * 12)
    write_sweep(Path("pr.json"), sweep_stored(candidate, day=2, **fields))
    return "--baseline", "main.json", "--candidate", "pr.json"


def _complaint(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: ")
    return line


@pytest.mark.parametrize(
    ("value", "stopped", "code"), [(1.0, None, 0), (0.9, None, 0), (1.08, None, 1), (1.01, None, 3), (1.0, "Ctrl-C", 3)]
)
def test_a_live_comparison_is_answered_by_the_exit_code(value: float, stopped: str | None, code: int) -> None:
    _upgrade(value, stopped=stopped)
    assert _gate("--upgrade", "result.json").exit_code == code


def test_a_tolerance_of_today_is_held_against_the_stored_intervals() -> None:
    _upgrade(1.08)
    assert _gate("--upgrade", "result.json", "--tolerance", "seconds_per_epoch=10%").exit_code == 0
    assert _gate("--upgrade", "result.json", "--tolerance", "blobs.seconds_per_epoch=0.1").exit_code == 0
    Path("pyproject.toml").write_text("[tool.batchmark.tolerances]\nseconds_per_epoch = 0.1\n")
    assert _gate("--upgrade", "result.json").exit_code == 0
    assert _gate("--upgrade", "result.json", "--tolerance", "seconds_per_epoch=1%").exit_code == 1
    Path("other.toml").write_text("[tool.batchmark.tolerances]\nseconds_per_epoch = 0.02\n")
    assert _gate("--upgrade", "result.json", "--config", "other.toml").exit_code == 1


@pytest.mark.parametrize(("slower", "code"), [(2.0, 1), (1.0, 3), (1.1, 3)])
def test_two_stored_sweeps_settle_large_changes_only(slower: float, code: int) -> None:
    result = _gate(*_sweeps(slower))
    assert result.exit_code == code, result.output
    assert "stored at different times" in result.stdout
    assert "batchmark upgrade compares live" in " ".join(result.stdout.split())


def test_a_wide_tolerance_passes_two_stored_sweeps() -> None:
    assert _gate(*_sweeps(), "--tolerance", "seconds_per_epoch=50%").exit_code == 0


def test_the_noise_of_this_machine_narrows_what_is_inconclusive() -> None:
    arguments = _sweeps(1.2)
    assert _gate(*arguments).exit_code == 3
    assert _gate(*arguments, "--noise", "seconds_per_epoch=1%").exit_code == 1
    Path("pyproject.toml").write_text("[tool.batchmark.noise]\nseconds_per_epoch = 0.01\n")
    assert _gate(*arguments).exit_code == 1


def _stored_runs(count: int) -> list[str]:
    for seed in range(count):
        rng = np.random.default_rng(100 + seed)
        slower = [float(np.exp(rng.normal(0.0, 0.003)))] * 12
        write_sweep(
            Path(f"run-{seed}.json"), sweep_stored(sweep_of(rng, noise=gaussian(0.001), sizes=SIZES, drift=slower))
        )
    return [f"run-{seed}.json" for seed in range(count)]


def test_the_noise_of_stored_sweeps_is_calibrated_kept_and_used() -> None:
    arguments = _sweeps(1.2)
    assert _gate(*arguments).exit_code == 3
    result = CliRunner().invoke(main, ["calibrate", "--stored", *_stored_runs(6), "--json", "noise.json"])
    assert result.exit_code == 0, result.output
    assert "By 6 sweeps and the 3 cells that all of them have." in result.stdout
    assert "kept in noise.json" in result.stdout
    judged = _gate(*arguments, "--stored-noise", "noise.json", "--json", "gate.json")
    assert judged.exit_code == 1
    assert "measured by 6 sweeps" in " ".join(judged.stdout.split())
    assert read_comparison("gate.json").runs_between["seconds_per_epoch"] == 6


def test_what_calibrate_keeps_for_this_machine_the_gate_finds() -> None:
    arguments = _sweeps(1.2)
    assert CliRunner().invoke(main, ["calibrate", "--stored", *_stored_runs(6)]).exit_code == 0
    assert _gate(*arguments).exit_code == 1


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (("run-0.json",), "takes two different files at least"),
        (("run-0.json", "run-0.json"), "takes two different files at least"),
        (("run-0.json", "none.json"), "there is no file none.json"),
        (("run-0.json", "result.json"), "is a comparison and not a sweep"),
        (("run-0.json", "copy.json"), "run-0.json and copy.json are the same measurement"),
    ],
)
def test_stored_sweeps_that_tell_no_noise_are_refused(files: tuple[str, ...], complaint: str) -> None:
    _upgrade()
    _stored_runs(2)
    Path("copy.json").write_text(Path("run-0.json").read_text())
    assert complaint in _complaint(CliRunner().invoke(main, ["calibrate", "--stored", *files]))


def test_a_file_that_is_no_noise_of_stored_sweeps_is_refused() -> None:
    arguments = _sweeps()
    assert "not the noise of stored sweeps" in _complaint(_gate(*arguments, "--stored-noise", "main.json"))


def test_what_differs_stands_at_the_top() -> None:
    result = _gate(*_sweeps(2.0, tensorflow="2.21.0"))
    lines = result.stdout.splitlines()
    assert lines[2].startswith("Regressed: of 3 judged, 3 regressed.")
    assert "They differ in tensorflow 2.20.0 → 2.21.0." in lines[3:8]


def test_text_stands_on_stdout_and_the_other_forms_in_files() -> None:
    _upgrade(1.08)
    files = ("--json", "gate.json", "--markdown", "gate.md", "--junit", "gate.xml")
    result = _gate("--upgrade", "result.json", "--tolerance", "seconds_per_epoch=2%", *files)
    assert result.exit_code == 1
    assert "Regressed: of 2 judged, 1 regressed, 1 unchanged." in result.stdout
    assert read_comparison("gate.json").cells[0].tolerance == 0.02
    assert json.loads(Path("gate.json").read_text())["verdict"] == "regressed"
    assert Path("gate.md").read_text(encoding="utf-8").startswith("<!-- batchmark gate -->\n\n### Batchmark: regressed")
    assert ET.parse("gate.xml").getroot().get("failures") == "1"  # noqa: S314  it is ours


def test_what_the_gate_wrote_can_be_judged_again() -> None:
    _gate(*_sweeps(2.0), "--json", "gate.json")
    assert _gate("--upgrade", "gate.json").exit_code == 1
    assert _gate("--upgrade", "gate.json", "--tolerance", "seconds_per_epoch=300%").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--baseline", "main.json"),
        ("--candidate", "main.json"),
        ("--upgrade", "result.json", "--baseline", "main.json"),
        ("--upgrade", "result.json", "--noise", "seconds_per_epoch=5%"),
    ],
)
def test_what_is_to_be_judged_has_to_be_clear(arguments: tuple[str, ...]) -> None:
    _upgrade()
    _sweeps()
    assert "type --upgrade FILE, or --baseline FILE and --candidate FILE" in _complaint(_gate(*arguments))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--upgrade", "none.json"), "there is no file none.json; a comparison is stored by batchmark upgrade"),
        (("--upgrade", "main.json"), "main.json is a stored sweep; two of them are compared by"),
        (("--baseline", "none.json", "--candidate", "pr.json"), "there is no file none.json; a sweep is stored by"),
        (("--baseline", "result.json", "--candidate", "pr.json"), "is a comparison and not a sweep"),
        (("--upgrade", "result.json", "--tolerance", "epoch=2%"), "unknown key 'epoch'"),
        (
            ("--upgrade", "result.json", "--tolerance", "blbos.peak_bytes=2%"),
            "workload 'blbos', and the comparison has",
        ),
        (("--upgrade", "result.json", "--config", "none.toml"), "none.toml can't be read: No such file"),
        (("--upgrade", "result.json", "--config", "unknown.toml"), "unknown.toml: tool.batchmark: unknown key 'tol'"),
        (("--upgrade", "result.json", "--config", "sure.toml"), "the stored intervals were made for 0.95"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: tuple[str, ...], complaint: str) -> None:
    _upgrade()
    _sweeps()
    Path("unknown.toml").write_text("[tool.batchmark]\ntol = 3\n")
    Path("sure.toml").write_text("[tool.batchmark]\nconfidence = 0.99\n")
    assert complaint in _complaint(_gate(*arguments))


def test_another_device_is_refused_by_name() -> None:
    assert "another device (CPU and GPU)" in _complaint(_gate(*_sweeps(device="GPU")))


def test_a_file_that_can_not_be_written_is_one_line_and_exit_code_2() -> None:
    _upgrade()
    result = _gate("--upgrade", "result.json", "--markdown", "nowhere/gate.md")
    assert result.exit_code == 2
    assert result.stderr == "batchmark: nowhere/gate.md can't be written: No such file or directory\n"


def test_the_help_tells_the_exit_codes() -> None:
    text = " ".join(_gate("--help").output.split())
    assert "Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged" in text
