"""Whatever ends a sweep, or becomes of its file: what was measured is shown, and is in a file or a journal."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.sweep import read_sweep
from batchmark.records import Status

GRID = ("--batchmark-batch-sizes", "31..33+1", "--batchmark-loop", "fit")
OUT = "--benchmark-json=out.json"

Act = Callable[[], None]


def _raises(error: BaseException) -> Act:
    def act() -> None:
        raise error

    return act


def _sends(number: signal.Signals) -> Act:
    return lambda: os.kill(os.getpid(), number)


def _journals(project: pytest.Pytester) -> list[Path]:
    return sorted(project.path.glob("*.journal"))


def test_a_run_that_ends_as_it_was_to_leaves_no_journal(project: pytest.Pytester, sweeps: Any, cache: Path) -> None:
    seen: list[Path] = []
    sweeps.meanwhile = lambda: seen.extend(_journals(project))
    assert project.runpytest("--benchmark-only", *GRID, OUT, "speed").ret == 0
    assert [path.name for path in seen] == ["out.json.journal"]
    assert _journals(project) == []
    assert list(cache.rglob("*.journal")) == []


def test_where_no_file_is_asked_for_the_journal_is_in_the_cache_and_goes_at_the_end(
    project: pytest.Pytester, sweeps: Any, cache: Path
) -> None:
    seen: list[Path] = []
    sweeps.meanwhile = lambda: seen.extend(cache.rglob("*.journal"))
    project.runpytest("--benchmark-only", *GRID, "speed").assert_outcomes(passed=3)
    assert len(seen) == 1
    assert list(cache.rglob("*.journal")) == []


@pytest.mark.parametrize(
    ("act", "code", "why"),
    [
        (_sends(signal.SIGTERM), 2, "ended by SIGTERM"),
        (_raises(KeyboardInterrupt()), 2, "interrupted by Ctrl-C"),
        (_sends(signal.SIGALRM), 1, "time-out: Timeout (>600.0s) from pytest-timeout"),
        (_raises(ZeroDivisionError("by 0")), 1, "an error of batchmark's own, ZeroDivisionError: by 0"),
        (_raises(SystemExit(143)), 2, "SystemExit: 143"),
        (_raises(MemoryError()), 1, "an error of batchmark's own, MemoryError: "),
    ],
    ids=["SIGTERM", "Ctrl-C", "pytest-timeout", "an error", "exit", "no memory"],
)
def test_whatever_ends_a_sweep_its_rounds_are_shown_and_stored(
    project: pytest.Pytester, sweeps: Any, act: Act, code: int, why: str
) -> None:
    sweeps.meanwhile = act
    before = signal.getsignal(signal.SIGTERM)
    result = project.runpytest("--benchmark-only", *GRID, OUT, "--timeout=600", "speed")
    assert signal.getsignal(signal.SIGTERM) is before
    assert result.ret == code
    result.assert_outcomes(passed=3)
    assert f"Not finished: {why}. What was measured is above and stored." in result.stdout.str()
    stored = read_sweep(project.path / "out.json")
    assert stored.stopped == why
    assert [(record.turns, record.status) for record in stored.records] == [(4, Status.INTERRUPTED)] * 3
    assert all(why in record.warnings for record in stored.records)
    assert _journals(project) == []


def test_what_was_cut_off_and_not_to_be_stored_is_left_as_a_journal_that_is_named(
    project: pytest.Pytester, sweeps: Any, cache: Path
) -> None:
    sweeps.meanwhile = _sends(signal.SIGTERM)
    result = project.runpytest("--benchmark-only", *GRID, "speed")
    assert result.ret == 2
    (journal,) = cache.rglob("*.journal")
    assert f"What was measured is in {journal}; to see it again: batchmark show {journal}" in result.stdout.str()
    assert read_any_sweep(journal).stopped == "ended by SIGTERM"


def test_an_error_before_the_first_round_is_told_as_it_ever_was(project: pytest.Pytester, sweeps: Any) -> None:
    sweeps.error = ZeroDivisionError("by 0")
    result = project.runpytest("--benchmark-only", *GRID, OUT, "speed")
    result.assert_outcomes(errors=3)
    assert _journals(project) == []


def _fails_to_be_written(project: pytest.Pytester, result: pytest.RunResult, told: str) -> None:
    assert result.ret == 2
    result.assert_outcomes(passed=3)
    text = result.stdout.str()
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text + result.stderr.str()
    assert "Fastest: batch size" in text
    (line,) = [line for line in result.outlines if "could not be written" in line]
    assert line == told


def test_a_full_disk_does_not_swallow_the_summary(project: pytest.Pytester, sweeps: Any, cache: Path) -> None:
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=/dev/full", "--junitxml=x.xml", "speed")
    _fails_to_be_written(project, result, "/dev/full could not be written: No space left on device")
    (journal,) = cache.rglob("*.journal")
    assert f"batchmark show {journal}" in result.stdout.str()
    stored = read_any_sweep(journal)
    assert (stored.stopped, len(stored.records), stored.records[0].turns) == (None, 3, 8)
    assert (project.path / "x.xml").exists(), "what comes after pytest-benchmark's file comes all the same"


def test_a_folder_that_is_deleted_meanwhile_has_its_journal_written_again(
    project: pytest.Pytester, sweeps: Any, cache: Path
) -> None:
    folder = project.mkdir("results")
    sweeps.meanwhile = lambda: shutil.rmtree(folder)
    result = project.runpytest("--benchmark-only", *GRID, f"--benchmark-json={folder}/out.json", "speed")
    _fails_to_be_written(project, result, f"{folder}/out.json could not be written: No such file or directory")
    (journal,) = cache.rglob("*.journal")
    assert len(read_any_sweep(journal).records) == 3


def test_a_file_that_became_a_folder_is_told_and_the_journal_stays_beside_it(
    project: pytest.Pytester, sweeps: Any
) -> None:
    sweeps.meanwhile = (project.path / "out.json").mkdir
    result = project.runpytest("--benchmark-only", *GRID, OUT, "speed")
    _fails_to_be_written(project, result, f"{Path('out.json')} could not be written: Is a directory")
    assert len(read_any_sweep(project.path / "out.json.journal").records) == 3


def test_a_storage_that_can_not_be_written_is_told_too(project: pytest.Pytester, sweeps: Any, cache: Path) -> None:
    (project.path / ".benchmarks").write_text("in the way")
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-save=first", "speed")
    assert result.ret == 2
    assert "could not be written: Not a directory" in result.stdout.str()
    assert len(list(cache.rglob("*.journal"))) == 1


@pytest.mark.parametrize("option", ["nowhere/out.json", "speed"])
def test_a_file_that_can_not_be_written_is_one_line_before_anything_is_measured(
    project: pytest.Pytester, sweeps: Any, option: str
) -> None:
    result = project.runpytest("--benchmark-only", *GRID, f"--benchmark-json={option}", "speed")
    assert result.ret == 2
    assert sweeps.asked == []
    assert sum(f"batchmark: {option} can't be written: " in line for line in result.outlines) == 1


def test_a_cache_that_can_not_be_written_is_warned_of_and_measuring_goes_on(
    project: pytest.Pytester, sweeps: Any, cache: Path
) -> None:
    cache.write_text("in the way")
    result = project.runpytest("--benchmark-only", *GRID, "speed")
    assert result.ret == 0
    (line,) = [line for line in result.errlines if "warning" in line]
    assert f"no journal can be kept in {cache}/batchmark/journals: Not a directory" in line


def test_a_journal_that_fills_its_disk_is_warned_of_once_and_measuring_goes_on(
    project: pytest.Pytester, sweeps: Any
) -> None:
    (project.path / "out.json.journal").symlink_to("/dev/full")
    sweeps.meanwhile = lambda: None
    result = project.runpytest("--benchmark-only", *GRID, OUT, "speed")
    assert result.ret == 0
    (line,) = [line for line in result.errlines if "warning" in line]
    assert line.endswith("out.json.journal can't be written any more: No space left on device")
    assert len(read_sweep(project.path / "out.json").records) == 3
    assert (project.path / "out.json.journal").is_symlink()


def test_a_full_disk_for_the_journal_and_for_the_file_leaves_a_journal_elsewhere(
    project: pytest.Pytester, sweeps: Any, cache: Path
) -> None:
    (project.path / "out.json.journal").symlink_to("/dev/full")
    (project.path / "out.json").symlink_to("/dev/full")
    result = project.runpytest("--benchmark-only", *GRID, OUT, "speed")
    assert result.ret == 2
    assert "could not be written: No space left on device" in result.stdout.str()
    (journal,) = cache.rglob("*.journal")
    assert len(read_any_sweep(journal).records) == 3


def test_the_journal_of_a_run_before_that_was_killed_stays(project: pytest.Pytester, sweeps: Any) -> None:
    (project.path / "out.json.journal").write_text("measured yesterday")
    assert project.runpytest("--benchmark-only", *GRID, OUT, "speed").ret == 0
    assert (project.path / "out.json.journal").read_text() == "measured yesterday"
    assert len(_journals(project)) == 1


def test_a_sweep_whose_first_test_fails_under_x_is_not_stored_and_leaves_its_journal(
    project: pytest.Pytester, sweeps: Any
) -> None:
    project.makeconftest("def pytest_runtest_call(item): raise AssertionError")
    result = project.runpytest("--benchmark-only", *GRID, OUT, "-x", "speed")
    assert result.ret == 1
    assert not (project.path / "out.json").exists()
    assert len(read_any_sweep(project.path / "out.json.journal").records) == 3
    result.stdout.fnmatch_lines(["What was measured is in */out.json.journal; to see it again: batchmark show *"])


def test_other_suites_are_not_journaled_and_their_file_is_their_own(project: pytest.Pytester, cache: Path) -> None:
    project.makepyfile(test_other="def test_it(benchmark): benchmark(lambda: None)")
    result = project.runpytest("--benchmark-only", "--benchmark-json=/dev/full", "test_other.py")
    assert result.ret not in (0, 2), "pytest-benchmark fails as it does without us"
    assert not cache.exists()
