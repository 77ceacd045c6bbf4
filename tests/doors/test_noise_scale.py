"""The command `noise-scale`, by a made-up laboratory."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.studies.laboratory.parts import Arm
from questions_asked import QuestionBench, noise_world


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> QuestionBench:
    return QuestionBench(noise_world()).stands_in(monkeypatch)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["noise-scale", "blobs", *arguments])


def test_it_trains_as_the_workload_does_unless_said_otherwise(bench: QuestionBench) -> None:
    assert _run("--looks", "5").exit_code == 0
    (arm,) = bench.asked
    assert isinstance(arm, Arm)
    (phase,) = arm.course.phases
    assert (phase.epochs, phase.batch_size, phase.learning_rate, arm.seeds) == (200, 32, 0.01, 12)
    assert arm.instruments[0].batch_sizes == (8, 128)


def test_everything_can_be_said_otherwise(bench: QuestionBench, tmp_path: Path) -> None:
    said = ("--batch-size=64", "--batch-sizes=16,256", "--seeds=8", "--epochs=10", "--looks=5", "--budget=2min")
    assert _run(*said, "--keep", str(tmp_path)).exit_code == 0
    (arm,) = bench.asked
    assert isinstance(arm, Arm)
    assert (arm.course.phases[0].batch_size, arm.course.epochs, arm.seeds) == (64, 10, 8)
    assert arm.instruments[0].batch_sizes == (16, 256)
    assert bench.opened[0].budget == 120.0
    assert bench.folders == [tmp_path]


def test_a_workload_of_one_s_own_is_described_by_its_name(bench: QuestionBench) -> None:
    result = CliRunner().invoke(main, ["noise-scale", "mine.training:workload", "--looks=5"])
    assert result.exit_code == 0
    assert bench.described == ["mine.training:workload"]
    assert "Gradient noise scale of mine.training:workload" in result.stdout


def test_text_json_markdown_and_pictures_are_written(bench: QuestionBench, tmp_path: Path) -> None:
    page, figures, stored = tmp_path / "docs" / "noise.md", tmp_path / "figures", tmp_path / "noise.json"
    page.parent.mkdir()
    result = _run("--looks=5", "--plot", str(figures), "--markdown", str(page), "--json", str(stored))
    assert result.exit_code == 0
    assert bench.opened
    assert "it grows as the loss falls" in " ".join(result.stdout.split())
    assert json.loads(stored.read_text())["batchmark_noise_scale"] == 1
    assert sorted(path.name for path in figures.iterdir()) == [
        f"noise-scale-{at}.{kind}" for at in (1, 2) for kind in ("png", "svg")
    ]
    assert "](../figures/noise-scale-1.png)" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("sizes", ["8", "8,16,32", "full"])
def test_other_than_two_batch_sizes_of_the_gradients_are_one_line(bench: QuestionBench, sizes: str) -> None:
    result = _run("--batch-sizes", sizes)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].endswith("expected the two of the gradients, as 8,128")
    assert not bench.opened[0].asked


def test_two_seeds_are_refused_before_anything_is_opened(bench: QuestionBench) -> None:
    result = _run("--seeds=2")
    assert result.exit_code == 2
    assert "--seeds is '2'; expected a whole number from 3" in result.stderr
    assert not bench.opened


def test_no_scale_at_any_look_exits_2_and_is_shown(bench: QuestionBench) -> None:
    bench.world = noise_world(vanishing=tuple(range(5)))
    result = _run("--looks=5")
    assert result.exit_code == 2
    assert "No noise scale can be told" in result.stdout


def test_what_is_missing_is_one_line_that_says_why(bench: QuestionBench) -> None:
    bench.world = lambda _: "mine.py:3: the optimizer averages the weights"
    bench.stopped = "interrupted by Ctrl-C"
    result = _run()
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()[-1:]
    assert line.startswith("batchmark: no answer: interrupted by Ctrl-C; mine.py:3: the optimizer averages")


def test_a_plot_folder_that_cannot_be_made_is_one_line_before_anything_is_trained(
    bench: QuestionBench, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = _run("--plot", str(tmp_path / "file" / "figures"))
    assert result.exit_code == 2
    assert result.stderr.startswith("batchmark: --plot: can't write")
    assert not bench.opened
