"""The command `quality`, by a made-up laboratory."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.studies.laboratory.parts import Part, Tuned
from claim_results_made import arm_of
from questions_asked import DESCRIBED, QuestionBench
from sizes_asked import quality_world


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> QuestionBench:
    return QuestionBench(quality_world({128: -0.03}, diverged={8: 3})).stands_in(monkeypatch)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["quality", "blobs", "--epochs=20", *arguments])


def _sizes(bench: QuestionBench) -> set[int]:
    return {arm_of(part).course.phases[0].batch_size for part in bench.asked}


def test_sizes_around_the_reference_are_compared_at_both_budgets(bench: QuestionBench) -> None:
    result = _run()
    assert result.exit_code == 0
    assert _sizes(bench) == {8, 32, 128}
    assert {arm_of(part).seeds for part in bench.asked} == {20}
    assert "Equal epochs, fixed rate" in result.stdout
    assert "Equal updates, fixed rate" in result.stdout
    assert "Diverged, equal epochs, fixed rate: 3 at 8" in result.stdout


def test_what_is_named_is_compared_with_the_reference_whether_it_is_named_or_not(bench: QuestionBench) -> None:
    said = ("--batch-sizes=16,full", "--rates=warm-up", "--rates=tuned", "--budgets=epochs", "--seeds=7")
    assert _run(*said).exit_code == 0
    assert _sizes(bench) == {16, 32, 500}
    assert {arm_of(part).seeds for part in bench.asked} == {7}
    assert sum(isinstance(part, Tuned) for part in bench.asked) == 3


def test_a_workload_of_one_s_own_is_asked_by_its_name(bench: QuestionBench) -> None:
    result = CliRunner().invoke(main, ["quality", "mine.training:workload", "--epochs=20"])
    assert result.exit_code == 0
    assert bench.described == ["mine.training:workload"]
    assert {arm_of(part).workload for part in bench.asked} == {"mine.training:workload"}


def test_a_page_a_file_for_programs_and_pictures_are_written(bench: QuestionBench, tmp_path: Path) -> None:
    page, stored = tmp_path / "quality.md", tmp_path / "quality.json"
    result = _run("--plot", str(tmp_path), "--markdown", str(page), "--json", str(stored), "--keep", str(tmp_path))
    assert result.exit_code == 0
    assert bench.folders == [tmp_path]
    assert page.read_text(encoding="utf-8").count("](quality-") == 2
    content = json.loads(stored.read_text())
    assert content["batchmark_quality"] == 1
    verdicts = [each["against"]["verdict"] for each in content["answer"]["found"][0]["sizes"] if each["against"]]
    assert verdicts == ["inconclusive", "different"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--batch-sizes=600",), "batch size 600 exceeds the workload's 500 examples"),
        (("--batch-sizes=many",), "batch size 'many' is not a number"),
        (("--batch-sizes=0",), "batch size 0 is below 1"),
        (("--batch-sizes=32",), "batch size 32 is the reference, and nothing is compared with it"),
        (("--seeds=1",), "--seeds is '1'; expected a whole number from 2"),
        (("--seeds=-3",), "--seeds is '-3'; expected a whole number from 2"),
        (("--rates=cosine",), '--rates is \'cosine\'; expected "fixed" or "linear"'),
        (("--budgets=seconds",), '--budgets is \'seconds\'; expected "epochs" or "updates"'),
        (("--rates=warm-up", "--epochs=5"), "5 epochs of warm-up in a training of 5; expected more: --epochs 6"),
    ],
)
def test_what_can_not_be_asked_is_one_line(bench: QuestionBench, arguments: tuple[str, ...], line: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"batchmark: {line}")
    assert not any(laboratory.asked for laboratory in bench.opened)


@pytest.mark.parametrize(
    ("field", "arguments", "line"),
    [
        ({"quality_metric": ""}, (), "workload 'blobs' doesn't say what counts as trained well"),
        ({"learning_rate": None}, ("--rates=linear",), "workload 'blobs' sets no learning rate that could follow"),
    ],
)
def test_a_workload_that_lacks_what_it_takes_is_one_line(
    bench: QuestionBench, field: dict[str, Any], arguments: tuple[str, ...], line: str
) -> None:
    bench.workload = replace(DESCRIBED, **field)
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"batchmark: {line}")
    assert not any(laboratory.asked for laboratory in bench.opened)


def test_what_was_not_obtained_exits_2_and_the_rest_is_shown(bench: QuestionBench) -> None:
    bench.world = _without_larger_at_equal_updates(bench.world)
    bench.stopped = "interrupted by Ctrl-C"
    result = _run()
    assert result.exit_code == 2
    assert "Equal epochs, fixed rate" in result.stdout
    assert "Not there, equal updates, fixed rate: interrupted by Ctrl-C." in " ".join(result.stdout.split())
    assert "Not finished: interrupted by Ctrl-C." in result.stdout


def test_nothing_obtained_is_one_line(bench: QuestionBench) -> None:
    bench.world = lambda _: "the budget was spent before it"
    result = _run("--budget=1s")
    assert result.exit_code == 2
    assert not result.stdout
    assert result.stderr.splitlines()[-1].startswith("batchmark: no answer: the budget was spent before it; what was")
    assert bench.opened[0].budget == 1.0


def _without_larger_at_equal_updates(world: Callable[[Part], Any]) -> Callable[[Part], Any]:
    return lambda part: "interrupted by Ctrl-C" if arm_of(part).course.epochs > 20 else world(part)
