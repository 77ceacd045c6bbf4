"""The command `target`, by a made-up laboratory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from questions_asked import DESCRIBED, QuestionBench
from sizes_asked import target_world


class _Remembering:
    """A world that remembers what was asked of it, in both goes."""

    def __init__(self) -> None:
        self.asked: list[Part] = []
        self.world = target_world()

    def __call__(self, part: Part) -> Any:
        self.asked.append(part)
        return self.world(part)

    @property
    def arms(self) -> list[Arm]:
        return [part for part in self.asked if isinstance(part, Arm)]


@pytest.fixture
def world() -> _Remembering:
    return _Remembering()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, world: _Remembering) -> QuestionBench:
    return QuestionBench(world).stands_in(monkeypatch)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["target", "blobs", "--epochs=80", *arguments])


@pytest.mark.usefixtures("bench")
def test_rates_are_chosen_first_and_then_trained_at_by_the_seeds_that_are_judged(world: _Remembering) -> None:
    result = _run("--quality=0.8", "--batch-sizes=8,32,128", "--rates=0.02,0.005,0.01", "--tuning-seeds=3")
    assert result.exit_code == 0
    assert isinstance(world.asked[0], Timing)
    assert [arm.seeds for arm in world.arms] == [3] * 9 + [10] * 3
    assert {arm.course.phases[0].learning_rate for arm in world.arms[:9]} == {0.005, 0.01, 0.02}
    assert [arm.course.phases[0].learning_rate for arm in world.arms[9:]] == [0.005, 0.01, 0.02]
    assert "The critical batch size is" in " ".join(result.stdout.split())


@pytest.mark.usefixtures("bench")
def test_without_sizes_and_rates_they_stand_around_the_workload_s(world: _Remembering) -> None:
    assert _run("--loss=0.2").exit_code == 0
    assert {arm.course.phases[0].batch_size for arm in world.arms} == {8, 32, 128, 500}
    assert len(world.arms) == 4 * 5 + 4


@pytest.mark.usefixtures("bench")
def test_a_page_a_file_for_programs_and_pictures_are_written(tmp_path: Path) -> None:
    page, stored = tmp_path / "target.md", tmp_path / "target.json"
    said = ("--batch-sizes=8,32,64,128", "--plot", str(tmp_path), "--markdown", str(page), "--json", str(stored))
    assert _run("--quality=0.8", *said).exit_code == 0
    assert page.read_text(encoding="utf-8").count("](target-") == 5
    content = json.loads(stored.read_text())
    assert content["batchmark_target"] == 1
    assert content["answer"]["trade_off"]["critical_batch_size"]["value"] == pytest.approx(16, rel=0.2)


@pytest.mark.usefixtures("bench")
def test_a_target_that_no_size_reaches_exits_1_and_names_the_best_that_was_seen() -> None:
    result = _run("--quality=0.99")
    assert result.exit_code == 1
    assert "No batch size reaches accuracy 0.99 within 80 epochs: the best seen is 0.85" in " ".join(
        result.stdout.split()
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "no target; name one, as --quality 0.95 or --loss 0.5"),
        (("--quality=0.9", "--loss=0.5"), "both --quality and --loss; name one"),
        (("--quality=nan",), "--quality is 'nan'; expected a number"),
        (("--loss=inf",), "--loss is 'inf'; expected a number"),
        (("--quality=95%",), "--quality is '95%'; expected a number"),
        (("--quality=0.8", "--rates=0.01,0"), "--rates is '0'; expected a number above 0"),
        (("--quality=0.8", "--rates=-0.01"), "--rates is '-0.01'; expected a number above 0"),
        (("--quality=0.8", "--rates=linear"), "--rates is 'linear'; expected a number above 0"),
        (("--quality=0.8", "--seeds=1"), "--seeds is '1'; expected a whole number from 2"),
        (("--quality=0.8", "--tuning-seeds=0"), "--tuning-seeds is '0'; expected a whole number from 1"),
        (("--quality=0.8", "--batch-sizes=600"), "batch size 600 exceeds the workload's 500 examples"),
    ],
)
def test_what_can_not_be_asked_is_one_line(
    bench: QuestionBench, world: _Remembering, arguments: tuple[str, ...], line: str
) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"batchmark: {line}")
    assert not world.asked
    assert len(bench.opened) <= 1


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ({"quality_metric": ""}, "workload 'blobs' doesn't say what counts as trained well"),
        ({"learning_rate": None}, "workload 'blobs' sets no learning rate to try others around; name some by --rates"),
    ],
)
def test_a_workload_that_lacks_what_it_takes_is_one_line(
    bench: QuestionBench, field: dict[str, Any], line: str
) -> None:
    bench.workload = replace(DESCRIBED, **field)
    result = _run("--loss=0.2")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"batchmark: {line}")


def test_after_ctrl_c_nothing_more_is_trained_and_it_exits_2(bench: QuestionBench, world: _Remembering) -> None:
    bench.stopped = "interrupted by Ctrl-C"
    result = _run("--quality=0.8")
    assert result.exit_code == 2
    assert {arm.seeds for arm in world.arms} == {5}
    assert result.stderr.splitlines()[-1].startswith("batchmark: no answer: interrupted by Ctrl-C; what was finished")


def test_a_budget_that_is_spent_is_said_and_the_second_go_has_what_is_left_of_it(
    bench: QuestionBench, world: _Remembering
) -> None:
    whole = world.world

    def until_late(part: Part) -> Any:
        late = isinstance(part, Arm) and part.seeds == 10 and part.course.phases[0].batch_size == 128
        return "the budget was spent before it" if late else whole(part)

    world.world = until_late
    result = _run("--quality=0.8", "--budget=20min")
    assert result.exit_code == 2
    assert "Not there, batch size 128: the budget was spent before it." in " ".join(result.stdout.split())
    assert bench.opened[0].budget is not None
    assert 0 < bench.opened[0].budget < 1200
