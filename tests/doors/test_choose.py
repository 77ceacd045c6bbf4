"""The command `choose`, by a made-up laboratory."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.loops import FIT
from choice_asked import choice_world
from questions_asked import QuestionBench


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["choose", "blobs", "--epochs=80", "--loops=compiled:xla", *arguments])


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> QuestionBench:
    return QuestionBench(choice_world()).stands_in(monkeypatch)


@pytest.mark.usefixtures("bench")
def test_the_choice_leads_and_its_reasons_follow() -> None:
    result = _run()
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "Use batch size 64 at learning rate 0.0141:" in words
    for reason in (
        *("How sure:", "trains as well as 32", "By speed alone", "critical batch size"),
        *("Memory: all 500 examples in a batch fit", "20 of 20 trainings at it went through", "Run it by compiled:xla"),
    ):
        assert reason in words
    assert (
        "Not measured, and so not recommended: other backends (--backend), energy (no counter tells it here)" in words
    )
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.usefixtures("bench")
def test_it_is_written_for_programs_and_for_people(tmp_path: Path) -> None:
    page, stored = tmp_path / "choice.md", tmp_path / "choice.json"
    assert _run("--quality=0.8", "--markdown", str(page), "--json", str(stored)).exit_code == 0
    content = json.loads(stored.read_text())
    assert content["batchmark_choice"] == 1
    assert content["answer"]["batch_size"] == 64
    assert content["answer"]["cheapest"]["shares"]
    assert "Use batch size 64" in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("bench")
def test_a_target_nobody_reaches_exits_1_and_recommends_nothing() -> None:
    result = _run("--quality=0.99")
    assert result.exit_code == 1
    words = " ".join(result.stdout.split())
    assert "No recommendation: no batch size reaches accuracy 0.99" in words
    assert "Use batch size" not in words


@pytest.mark.usefixtures("bench")
def test_two_targets_are_one_too_many() -> None:
    result = _run("--quality=0.8", "--loss=0.2")
    assert result.exit_code == 2
    assert "name one" in result.stderr


def test_what_could_not_be_timed_exits_2(monkeypatch: pytest.MonkeyPatch) -> None:
    QuestionBench(choice_world(refused=("compiled:xla",))).stands_in(monkeypatch)
    result = _run()
    assert result.exit_code == 2
    assert "Not there: the loop compiled:xla" in " ".join(result.stdout.split())
    QuestionBench(choice_world(refused=(FIT,))).stands_in(monkeypatch)
    result = _run()
    assert result.exit_code == 2
    assert "No recommendation: there are no times of epochs by fit." in " ".join(result.stdout.split())


@pytest.mark.usefixtures("bench")
def test_the_reference_is_always_among_the_sizes() -> None:
    assert "32" in _run("--batch-sizes=8,128").stdout
