"""The command `choose`, by a made-up laboratory."""

import json
import platform
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.files.sweep import StoredSweep
from batchmark.loops import FIT
from batchmark.studies.laboratory.parts import Fitting, Timing
from choice_asked import choice_world
from claim_results_made import made
from claims_tested import FACTS
from compared import write_sweep
from questions_asked import DESCRIBED, QuestionBench


def _run(*arguments: str) -> Result:
    loops = [] if "--times" in arguments else ["--loops=compiled:xla"]
    return CliRunner().invoke(main, ["choose", "blobs", "--epochs=80", *loops, *arguments])


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
    assert content["environment"]["node"] == platform.node()
    assert datetime.fromisoformat(content["datetime"]).tzinfo is not None
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


def _stored(folder: Path, *, cores: object) -> Path:
    timing = Timing("blobs", (8, 16, 32, 50, 128, 500), (FIT, "compiled:xla"), 10)
    records = made([timing], choice_world()).of_timing(timing).records
    own = tuple(replace(each, workload_version=DESCRIBED.version) for each in records)
    sweep = StoredSweep(own, {"batchmark": {**FACTS, "cores": cores}}, "2026-11-28T09:00:00")
    return write_sweep(folder / "out.json", sweep)


def test_epochs_of_a_stored_sweep_are_taken_in_place_of_measuring(bench: QuestionBench, tmp_path: Path) -> None:
    result = _run("--quality=0.8", "--times", str(_stored(tmp_path, cores=FACTS["cores"])))
    assert result.exit_code == 0, result.output
    (laboratory,) = bench.opened
    assert not [part for part in laboratory.all_asked if isinstance(part, Timing)]
    assert "Use batch size" in result.stdout
    assert "compiled:xla" in result.stdout


@pytest.mark.usefixtures("bench")
def test_epochs_of_another_machine_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    result = _run("--quality=0.8", "--times", str(_stored(tmp_path, cores=64)))
    assert result.exit_code == 2
    assert "another cores (64 and here 2); leave --times out to measure them here" in result.stderr


@pytest.mark.usefixtures("bench")
def test_sizes_that_a_stored_sweep_lacks_are_named(tmp_path: Path) -> None:
    result = _run("--quality=0.8", "--batch-sizes=8,64", "--times", str(_stored(tmp_path, cores=2)))
    assert result.exit_code == 2
    assert "no epochs by fit at batch size 64; it has 8, 16, 32, 50, 128, 500" in result.stderr


def test_memory_is_not_asked_where_nobody_wants_it(bench: QuestionBench) -> None:
    result = _run("--quality=0.8", "--no-fits")
    assert result.exit_code == 0
    (laboratory,) = bench.opened
    assert not [part for part in laboratory.all_asked if isinstance(part, Fitting)]
    assert "what fits into memory (--fits)" in " ".join(result.stdout.split())


@pytest.mark.parametrize("margin", ["100%", "-5%"])
@pytest.mark.usefixtures("bench")
def test_a_margin_that_leaves_nothing_is_refused(margin: str) -> None:
    result = _run("--quality=0.8", f"--margin={margin}")
    assert result.exit_code == 2
    assert "expected" in result.stderr


def test_what_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    QuestionBench(choice_world(fits_up_to=140)).stands_in(monkeypatch)
    words = " ".join(_run("--quality=0.8", "--batch-sizes=8,32,128").stdout.split())
    assert "Batch size 128 doesn't fit: it was trained as micro-batches of 64, 2 accumulated." in words


@pytest.mark.parametrize(
    "ignored",
    [("--no-fits", "--margin=5%"), ("--no-fits", "--memory-limit=8GiB"), ("--times=out.json", "--loops=compiled")],
)
@pytest.mark.usefixtures("bench")
def test_what_would_be_ignored_is_refused(ignored: tuple[str, ...]) -> None:
    result = _run("--quality=0.8", *ignored)
    assert result.exit_code == 2
    assert "leave out" in result.stderr


@pytest.mark.usefixtures("bench")
def test_a_target_that_is_reached_at_once_is_said_to_tell_little() -> None:
    words = " ".join(_run("--quality=0.35").stdout.split())
    assert "Reached by the first look, an epoch, at" in words
    assert "what takes least time is then what has the shortest epoch" in words
    assert "a harder target (--quality or --loss)" in words
