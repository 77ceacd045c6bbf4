"""``pytest --benchmark-only``, with recorded rounds instead of TensorFlow."""

import json
from dataclasses import replace
from typing import Any

import pytest

from batchmark.errors import MissingPackageError
from batchmark.files.sweep import read_sweep
from batchmark.records import Status
from batchmark.report.sweep import render_stored_sweep
from batchmark.studies.sweep.summary import summarise

GRID = ("--batchmark-batch-sizes", "31..33+1,full", "--batchmark-loop", "fit")


def _stored(project: pytest.Pytester, name: str = "out.json") -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((project.path / name).read_text())
    return stored


def test_each_cell_is_a_benchmark_with_the_rounds_that_were_measured(project: pytest.Pytester, sweeps: Any) -> None:
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    result.assert_outcomes(passed=4)
    benchmarks = _stored(project)["benchmarks"]
    assert [bench["name"] for bench in benchmarks] == [f"test_epoch[blobs-{size}-fit]" for size in (31, 32, 33, 500)]
    for bench in benchmarks:
        rounds = [seconds for turn in bench["extra_info"]["seconds_per_round"] for seconds in turn]
        assert bench["stats"]["data"] == rounds
        assert bench["stats"]["rounds"] == 16
        assert bench["params"]["batchmark_loop"] == "fit"
    assert len(sweeps.asked) == 1


def test_extra_info_and_machine_info_hold_what_the_documentation_says(project: pytest.Pytester, sweeps: Any) -> None:
    del sweeps
    project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    stored = _stored(project)
    info = stored["benchmarks"][1]["extra_info"]
    assert {
        "batchmark_schema": 1,
        "workload": "blobs",
        "batch_size": 32,
        "loop": "fit",
        "examples": 500,
        "steps_per_epoch": 16,
        "first_epoch_seconds": 0.5,
        "seed": 0,
        "warnings": [],
    }.items() <= info.items()
    assert info["seconds_per_step"] == pytest.approx(info["seconds_per_epoch"] / 16)
    assert info["examples_per_second"] == pytest.approx(500 / info["seconds_per_epoch"])
    facts = stored["machine_info"]["batchmark"]
    assert facts["tensorflow"] == "2.21.0"
    assert facts["device_name"], "the processor's name stands in where there is no GPU"


def test_the_summary_follows_pytest_benchmarks_table(project: pytest.Pytester, sweeps: Any) -> None:
    del sweeps
    result = project.runpytest("--benchmark-only", *GRID, "speed")
    result.stdout.fnmatch_lines(["*test_epoch?blobs-31-fit?*", "*= batchmark =*", "TensorFlow 2.21.0*", "*blobs*fit*"])


def test_only_the_selected_cells_are_measured(project: pytest.Pytester, sweeps: Any) -> None:
    project.runpytest("--benchmark-only", "--batchmark-batch-sizes", "16..64", "-k", "32-fit or 64-fit", "speed")
    ((cells, _),) = sweeps.asked
    assert [str(cell) for cell in cells] == ["blobs-32-fit", "blobs-64-fit"]


def test_the_default_grid_is_the_workloads_with_both_loops(project: pytest.Pytester, sweeps: Any) -> None:
    project.runpytest("--benchmark-only", "speed").assert_outcomes(passed=42)
    assert len(sweeps.asked) == 1, [(len(c), c[:3]) for c, _ in sweeps.asked]
    ((cells, plan),) = sweeps.asked
    assert {cell.loop for cell in cells} == {"fit", "compiled"}
    assert {cell.batch_size for cell in cells} >= {
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        500,
        31,
        33,
        255,
        257,
        50,
        100,
        200,
    }
    assert plan.turns == 12


def test_the_plan_is_the_users(project: pytest.Pytester, sweeps: Any) -> None:
    options = ("--batchmark-turns=3", "--batchmark-budget=7.5", "--batchmark-seed=9", "--batchmark-learning-rate=same")
    project.runpytest("--benchmark-only", *GRID, *options, "speed")
    ((_, plan),) = sweeps.asked
    assert (plan.turns, plan.budget_seconds, plan.seed, plan.same_learning_rate) == (3, 7.5, 9, True)


def test_skipped_or_only_collected_benchmarks_measure_nothing(project: pytest.Pytester, sweeps: Any) -> None:
    project.runpytest("--benchmark-skip", *GRID, "speed").assert_outcomes(skipped=4)
    project.runpytest("--collect-only", *GRID, "speed")
    assert sweeps.asked == []


def test_disabled_benchmarks_measure_one_turn(project: pytest.Pytester, sweeps: Any) -> None:
    project.runpytest("--benchmark-disable", *GRID, "speed").assert_outcomes(passed=4)
    ((_, plan),) = sweeps.asked
    assert plan.turns == 1


def test_accuracy_tests_are_left_out_of_a_speed_run(project: pytest.Pytester, sweeps: Any) -> None:
    del sweeps
    result = project.runpytest("--benchmark-only", *GRID)
    assert result.parseoutcomes()["passed"] == 4
    assert result.parseoutcomes()["skipped"] >= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--batchmark-batch-sizes", "0"), "batch size 0 is below 1"),
        (("--batchmark-batch-sizes", "-4"), "batch size -4 is below 1"),
        (("--batchmark-batch-sizes", "many"), "batch size 'many' is not a number"),
        (
            ("--batchmark-batch-sizes", "600"),
            "batch size 600 exceeds the workload's 500 examples; use --batchmark-batch-sizes full",
        ),
        (("--batchmark-batch-sizes", ""), "no batch size in ''"),
        (("--batchmark-workload", "cifar"), "unknown workload 'cifar'; the workloads are blobs"),
        (("--batchmark-workload", "no_such_module:X"), "workload 'no_such_module:X' can't be imported"),
        (("--batchmark-loop", "unrolled"), "unknown loop 'unrolled'; the loops are fit, fit:steps_per_execution"),
        (("--batchmark-turns", "0"), "--batchmark-turns is '0'; expected a whole number from 1"),
        (("--batchmark-budget", "-1"), "--batchmark-budget is '-1'; expected a time above 0 as in 60s or 2min"),
        (("--batchmark-turns", "many"), "--batchmark-turns is 'many'; expected a whole number from 1"),
        (("--batchmark-seeds", "1"), "--batchmark-seeds is '1'; expected a whole number from 2"),
        (("--batchmark-seeds", "401"), "use 2 <= --batchmark-seeds <= --batchmark-max-seeds"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    project: pytest.Pytester, options: tuple[str, str], message: str
) -> None:
    # In a process of its own: pytester can't look back on a run that ended before it was set up.
    result = project.runpytest_subprocess("--benchmark-only", f"{options[0]}={options[1]}", "speed")
    assert result.ret == 2
    # What may be told before: that a workload of one's own is being loaded.
    (line,) = [line for line in result.errlines if line.strip() and "training a few steps" not in line]
    assert "batchmark:" in line
    assert message in line


def test_a_missing_tensorflow_is_one_line_and_exit_code_2(project: pytest.Pytester, sweeps: Any) -> None:
    sweeps.error = MissingPackageError("TensorFlow is not installed; type: pip install 'batchmark[tensorflow]'")
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*batchmark: TensorFlow is not installed; type: pip install*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not any("Traceback" in line for line in result.errlines)


def test_a_cell_that_diverges_at_once_fails_without_an_error_and_stands_in_the_file(
    project: pytest.Pytester, sweeps: Any
) -> None:
    def diverge(record: Any) -> Any:
        lost = {"status": Status.DIVERGED, "seconds_per_round": (), "warnings": ("the loss is gone",)}
        return replace(record, **lost) if record.cell.batch_size == 32 else record

    sweeps.alter = diverge
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    result.assert_outcomes(passed=3, failed=1)
    stored = read_sweep(project.path / "out.json")
    (lost,) = [record for record in stored.records if record.cell.batch_size == 32]
    assert (lost.status, lost.rounds, lost.warnings) == (Status.DIVERGED, (), ("the loss is gone",))
    assert "the loss is gone" in render_stored_sweep(stored, summarise(stored.records))


def test_cells_that_a_test_run_never_reached_stand_in_the_file(project: pytest.Pytester, sweeps: Any) -> None:
    sweeps.alter = lambda record: replace(record, status=Status.DIVERGED) if record.cell.batch_size == 31 else record
    project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "-x", "speed")
    assert len(_stored(project)["benchmarks"]) == 1
    assert len(read_sweep(project.path / "out.json").records) == 4


def test_a_workers_death_is_told_keeps_what_was_measured_and_exits_1(project: pytest.Pytester, sweeps: Any) -> None:
    sweeps.alter = lambda record: replace(record, status=Status.INTERRUPTED, warnings=("killed by signal 9",))
    sweeps.ends = {"stopped": "the worker was killed by signal 9"}
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    assert result.ret == 1
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*Not finished: the worker was killed by signal 9*"])
    assert read_sweep(project.path / "out.json").stopped == "the worker was killed by signal 9"


def test_a_diverged_cell_fails_alone_and_keeps_its_rounds(project: pytest.Pytester, sweeps: Any) -> None:
    def diverge(record: Any) -> Any:
        if record.cell.batch_size != 32:
            return record
        kept = record.seconds_per_round[:2]
        return replace(record, status=Status.DIVERGED, seconds_per_round=kept, warnings=("the loss is gone",))

    sweeps.alter = diverge
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*blobs-32-fit diverged: the loss is gone*"])
    (kept,) = [bench for bench in _stored(project)["benchmarks"] if bench["params"]["batchmark_batch_size"] == 32]
    assert kept["extra_info"]["status"] == "diverged"
    assert len(kept["stats"]["data"]) == 4


def test_an_interrupted_sweep_shows_and_saves_what_it_has_and_exits_2(project: pytest.Pytester, sweeps: Any) -> None:
    def cut(record: Any) -> Any:
        kept = record.seconds_per_round[:6] if record.cell.batch_size != 500 else ()
        reason = ("interrupted by Ctrl-C",)
        return replace(record, status=Status.INTERRUPTED, seconds_per_round=kept, warnings=reason)

    sweeps.alter = cut
    sweeps.ends = {"stopped": "interrupted by Ctrl-C", "interrupted": True}
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-json=out.json", "speed")
    assert result.ret == 2
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["*Not finished: interrupted by Ctrl-C*"])
    assert len(_stored(project)["benchmarks"]) == 3


@pytest.mark.parametrize("saving", ["--benchmark-autosave", "--benchmark-save=first"])
def test_a_saved_sweep_is_compared_without_a_word_about_our_part_of_the_machine(
    project: pytest.Pytester, sweeps: Any, saving: str
) -> None:
    project.runpytest("--benchmark-only", *GRID, saving, "speed").assert_outcomes(passed=4)
    (stored,) = project.path.glob(".benchmarks/*/0001_*.json")
    assert json.loads(stored.read_text())["benchmarks"][0]["extra_info"]["seconds_per_round"]
    sweeps.alter = lambda record: record
    result = project.runpytest("--benchmark-only", *GRID, "--benchmark-compare=0001", "speed")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*blobs-31-fit* (0001*", "*The compared file was measured in an environment like*"])


def test_grouping_by_loop_keeps_working(project: pytest.Pytester, sweeps: Any) -> None:
    del sweeps
    result = project.runpytest(
        "--benchmark-only", "--batchmark-batch-sizes=32,full", "--benchmark-group-by=param:batchmark_loop", "speed"
    )
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*benchmark 'batchmark_loop=compiled'*", "*benchmark 'batchmark_loop=fit'*"])


def test_profiling_keeps_working(project: pytest.Pytester, sweeps: Any) -> None:
    del sweeps
    project.runpytest("--benchmark-only", *GRID, "--benchmark-cprofile=tottime", "speed").assert_outcomes(passed=4)


def test_a_failed_comparison_still_shows_the_summary(project: pytest.Pytester, sweeps: Any) -> None:
    project.runpytest("--benchmark-only", *GRID, "--benchmark-save=first", "speed")
    sweeps.alter = lambda record: replace(
        record, seconds_per_round=tuple(tuple(2 * value for value in turn) for turn in record.seconds_per_round)
    )
    options = ("--benchmark-compare=0001", "--benchmark-compare-fail=median:50%")
    result = project.runpytest("--benchmark-only", *GRID, *options, "speed")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*= batchmark =*"])


def test_other_suites_run_without_pytest_benchmark(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="def test_it(): pass")
    project.runpytest_subprocess("-p", "no:benchmark", "test_other.py").assert_outcomes(passed=1)


def test_cells_are_not_measured_side_by_side(
    project: pytest.Pytester, sweeps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    result = project.runpytest(*GRID, "speed", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["Not measured: 1 of Batchmark's benchmarks: *; leave out -n."])
    assert sweeps.asked == []


def test_a_grid_of_the_reference_alone_has_nothing_to_compare(project: pytest.Pytester) -> None:
    result = project.runpytest("--benchmark-skip", "--batchmark-batch-sizes=32", "accuracy")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*names only the reference*"])
