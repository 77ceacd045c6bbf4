"""The command `observe`, by a made-up laboratory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.studies.laboratory.parts import Part
from claim_results_made import arm_of
from questions_asked import DESCRIBED, QuestionBench, observe_world


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> QuestionBench:
    return QuestionBench(observe_world()).stands_in(monkeypatch)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["observe", "blobs", *arguments])


def _sizes(bench: QuestionBench) -> list[int]:
    return sorted({arm_of(part).course.phases[0].batch_size for part in bench.asked})


@pytest.mark.parametrize("instrument", ["distance", "spread", "sharpness", "training-loss"])
def test_each_instrument_is_looked_by_around_the_reference(bench: QuestionBench, instrument: str) -> None:
    assert _run("--instrument", instrument, "--epochs=20").exit_code == 0
    assert _sizes(bench) == [8, 32, 128]
    assert len(bench.asked) == 5


def test_sizes_rates_and_budgets_are_those_that_are_named(bench: QuestionBench, tmp_path: Path) -> None:
    said = ("--batch-sizes=16,64", "--rates=fixed", "--rates=tuned", "--budgets=updates", "--epochs=8", "--seeds=7")
    stored = tmp_path / "seen.json"
    result = _run("--instrument=distance", *said, "--json", str(stored))
    assert result.exit_code == 0
    answer = json.loads(stored.read_text())["answer"]
    assert answer["design"]["reference"] == 16
    assert [(each["budget"], each["rate"]) for each in answer["observed"]] == [
        ("equal updates", "fixed rate"),
        ("equal updates", "tuned rate"),
    ]
    assert {arm_of(part).seeds for part in bench.asked} == {7}
    assert "At the end, equal updates, tuned rate" in result.stdout


def test_pictures_and_a_page_are_written(bench: QuestionBench, tmp_path: Path) -> None:
    page = tmp_path / "seen.md"
    said = ("--budgets=epochs", "--epochs=8", "--plot", str(tmp_path), "--markdown", str(page))
    assert _run("--instrument=spread", *said).exit_code == 0
    assert bench.opened
    assert page.read_text(encoding="utf-8").count("](observe-spread-") == 3
    assert (tmp_path / "observe-spread-3.svg").exists()


def test_an_instrument_that_there_is_not_is_one_line(bench: QuestionBench) -> None:
    result = _run("--instrument=weights")
    assert result.exit_code == 2
    assert '"distance" or "spread" or "sharpness" or "training-loss"' in result.stderr
    assert not bench.opened


def test_a_rate_that_can_not_follow_is_one_line(bench: QuestionBench) -> None:
    bench.workload = replace(DESCRIBED, learning_rate=None)
    result = _run("--instrument=distance", "--rates=linear")
    assert result.exit_code == 2
    assert "sets no learning rate that could follow" in result.stderr.splitlines()[-1]


def test_what_was_not_seen_exits_2_and_the_rest_is_shown(bench: QuestionBench) -> None:
    def world(part: Part) -> Any:
        own = arm_of(part).course
        return "the budget was spent before it" if own.phases[0].batch_size == 128 and own.epochs > 8 else seen(part)

    seen, bench.world = bench.world, world
    result = _run("--instrument=distance", "--epochs=8")
    assert result.exit_code == 2
    assert "At the end, equal epochs, fixed rate" in result.stdout
    assert "Not there, equal updates, fixed rate: the budget was spent" in " ".join(result.stdout.split())
