"""The gate against a folder of stored sweeps: which file is the baseline, whose noise counts, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.files.comparison import read_comparison
from batchmark.files.stored_noise import StoredNoise, default_path, write_stored_noise
from compared import FACTS, sweep_stored, write_sweep
from synthetic import gaussian, sweep_of

SIZES = (32, 64, 128)
SIDES = ("--baseline", "nights", "--candidate", "tonight.json")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder whose nearest pyproject.toml names nothing, where nothing is kept of this machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "kept"))
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "nights" / ".cache").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)


def _night(path: str, seed: int, *, slower: float = 1.0, **fields: Any) -> None:
    generator = np.random.default_rng(seed)
    level = slower * float(np.exp(generator.normal(0.0, 0.005)))
    records = sweep_of(generator, noise=gaussian(0.002), sizes=SIZES, drift=[level] * 12)
    write_sweep(Path(path), sweep_stored(records, **fields))


def _nights(count: int = 8, *, slower: float = 1.0) -> None:
    for day in range(1, count + 1):
        _night(f"nights/{day}.json", day, day=day)
    _night("tonight.json", 99, slower=slower, day=count + 1)


def _gate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["gate", *arguments])


def _text(result: Result) -> str:
    return " ".join(result.stdout.split())


def test_the_newest_is_the_baseline_and_the_folder_tells_the_noise() -> None:
    _nights(slower=1.15)
    result = _gate(*SIDES, "--json", "gate.json")
    assert result.exit_code == 1, result.output
    assert (
        "the baseline is nights/8.json, the newest of 8 sweeps in nights that were stored before the candidate on its "
        "hardware; the noise between runs is measured by 8 of them, with its packages, over 7 days"
    ) in _text(result)
    assert "seconds_per_epoch measured by 8 sweeps" in _text(result).replace(
        ", overhead_per_step, cost_per_example", ""
    )
    stored = read_comparison("gate.json")
    assert stored.runs_between["seconds_per_epoch"] == 8
    assert stored.between_runs["seconds_per_epoch"] < 0.02


def test_identical_work_is_no_alarm_and_unchanged_within_a_tolerance_that_the_noise_allows() -> None:
    _nights()
    assert _gate(*SIDES).exit_code == 3
    assert _gate(*SIDES, "--tolerance", "seconds_per_epoch=10%").exit_code == 0


def test_the_candidate_itself_its_copies_and_hidden_folders_are_no_baseline() -> None:
    _nights()
    text = Path("tonight.json").read_text()
    Path("nights/tonight.json").write_text(text)
    Path("nights/.cache/hidden.json").write_text("{")
    result = _gate(*SIDES)
    assert "the baseline is nights/8.json, the newest of 8 sweeps" in _text(result)
    assert "left out of nights: 1 with the candidate's own rounds" in _text(result)
    assert "can't be read" not in result.stdout
    assert "nights/8.json" in _text(_gate("--baseline", "nights", "--candidate", "nights/tonight.json"))


def test_what_is_left_out_is_counted_and_what_can_not_be_read_is_named() -> None:
    _nights()
    _night("nights/gpu.json", 50, device="GPU")
    _night("nights/later.json", 51, day=25)
    Path("nights/broken.json").write_text("{")
    text = _text(_gate(*SIDES))
    assert "1 of other hardware" in text
    assert "1 not stored before the candidate" in text
    assert "1 of nights can't be read: nights/broken.json: it is truncated or not JSON" in text or (
        "1 of nights can't be read: nights/broken.json: is truncated or not JSON" in text
    )


def _kept(spread: float) -> StoredNoise:
    return StoredNoise({"seconds_per_epoch": spread}, 9, ("blobs",), FACTS)


def test_noise_that_is_named_goes_before_the_folders_and_that_before_what_is_kept() -> None:
    _nights()
    write_stored_noise(_kept(0.3), default_path())
    write_stored_noise(_kept(0.2), Path("noise.json"))

    def spread(*arguments: str) -> float:
        _gate(*SIDES, "--json", "gate.json", *arguments)
        return float(json.loads(Path("gate.json").read_text())["between_runs"]["seconds_per_epoch"])

    assert spread() < 0.02
    assert spread("--stored-noise", "noise.json") == 0.2
    assert spread("--stored-noise", "noise.json", "--noise", "seconds_per_epoch=1%") == 0.01
    for day in range(2, 9):
        Path(f"nights/{day}.json").unlink()
    assert spread() == 0.3
    assert "measured by" not in _text(_gate(*SIDES)).partition("the noise between runs is")[2].partition(";")[0]
    default_path().unlink()
    assert spread() == 0.1


def _complaint(*arguments: str) -> str:
    result = _gate(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def test_a_folder_without_sweeps_without_its_hardware_or_without_an_earlier_one_is_one_line_and_2() -> None:
    _night("tonight.json", 99, day=20)
    assert "the folder nights holds no stored sweep but the candidate; name one" in _complaint(*SIDES)
    _night("nights/gpu.json", 50, device="GPU")
    assert "none of the 1 sweep in nights was measured on the candidate's hardware" in _complaint(*SIDES)
    _night("nights/later.json", 51, day=25)
    line = _complaint(*SIDES)
    assert "1 of other hardware" in line
    assert "1 not stored before the candidate" in line


def test_a_candidate_is_no_folder() -> None:
    assert _gate("--baseline", "tonight.json", "--candidate", "nights").exit_code == 2
