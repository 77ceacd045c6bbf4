"""The command `schedules`, by a made-up laboratory."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.studies.laboratory.parts import Arm
from questions_asked import DESCRIBED, QuestionBench, schedules_design, schedules_world

DECAYED = "batch 32 rate .01 for 10 epochs; rate .002 for 10 epochs"
GROWN = "batch 32 rate .01 for 10 epochs; batch 160 for 10 epochs"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> QuestionBench:
    return QuestionBench(schedules_world(schedules_design(seeds=20))).stands_in(monkeypatch)


def _run(*arguments: str, compare: str = DECAYED, candidate: str = GROWN) -> Result:
    return CliRunner().invoke(main, ["schedules", "blobs", "--compare", compare, "--against", candidate, *arguments])


def test_both_are_trained_from_the_same_seeds_and_compared(bench: QuestionBench) -> None:
    result = _run()
    assert result.exit_code == 0
    one, other = bench.asked
    assert isinstance(one, Arm)
    assert isinstance(other, Arm)
    assert one.asked.seeds == other.asked.seeds == tuple(range(20))
    assert [phase.batch_size for phase in other.course.phases] == [32, 160]
    assert [phase.learning_rate for phase in one.course.phases] == [0.01, 0.002]
    assert "with 200 updates in place of 320" in " ".join(result.stdout.split())


def test_settings_go_to_the_candidate_alone(bench: QuestionBench, tmp_path: Path) -> None:
    bench.workload = replace(DESCRIBED, tokens_per_example=64)
    stored = tmp_path / "schedules.json"
    half_life = "accumulate 4 momentum .95 beta_2 half-life 8192 tokens for 10 epochs"
    assert _run("--json", str(stored), compare="for 10 epochs", candidate=half_life).exit_code == 0
    answer = json.loads(stored.read_text())["answer"]
    assert answer["reference"]["settings"] == {}
    assert answer["candidate"]["settings"] == {"gradient_accumulation_steps": 4.0, "momentum": 0.95, "beta_2": 0.5}
    assert json.loads(stored.read_text())["batchmark_schedules"] == 1


def test_a_picture_and_a_page_are_written(bench: QuestionBench, tmp_path: Path) -> None:
    page = tmp_path / "two.md"
    assert _run("--plot", str(tmp_path), "--markdown", str(page)).exit_code == 0
    assert bench.opened
    assert "](schedules.png)" in page.read_text(encoding="utf-8")
    assert (tmp_path / "schedules.svg").exists()


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ("batch 32 rte .01 for 10 epochs", "batchmark: --against, at character 10, 'rte' in"),
        ("batch 32 for 10", "batchmark: --against, at the end in"),
    ],
)
def test_what_can_not_be_read_is_one_line_with_its_place_before_anything_is_opened(
    bench: QuestionBench, candidate: str, said: str
) -> None:
    result = _run(candidate=candidate)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(said)
    assert not bench.opened


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ("batch 600 for 10 epochs", "--against: batch size 600 exceeds the workload's 500 examples"),
        (DECAYED, "both are the same training"),
        ("beta_2 half-life 9 tokens for 3 epochs", "has no tokens_per_example"),
    ],
)
def test_what_the_workload_can_not_do_is_one_line(bench: QuestionBench, candidate: str, said: str) -> None:
    result = _run(candidate=candidate)
    assert result.exit_code == 2
    assert said in result.stderr.splitlines()[-1]
    assert not bench.opened[0].asked


def test_without_a_schedule_it_says_which_is_missing() -> None:
    result = CliRunner().invoke(main, ["schedules", "blobs", "--compare", DECAYED])
    assert result.exit_code == 2
    assert "--against" in result.stderr


def test_ctrl_c_exits_2_in_one_line(bench: QuestionBench) -> None:
    bench.world = lambda _: "interrupted by Ctrl-C"
    bench.stopped = "interrupted by Ctrl-C"
    result = _run()
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("batchmark: no answer: interrupted by Ctrl-C; what was finished")
