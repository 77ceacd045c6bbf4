"""What is collected, and what is said where there is nothing left to measure or to judge."""

import shutil
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from batchmark.doors import command_line
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads import Description
from repository import ROOT

GRID = ("--batchmark-batch-sizes", "31..33+1,full", "--batchmark-loop", "fit")


@pytest.fixture
def undescribed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload `mine:w` without a quality metric, described without a worker."""
    whole = Descriptions.of

    def of(self: Descriptions, name: str) -> Description:
        return Description(name=name, examples=100) if name == "mine:w" else whole(self, name)

    monkeypatch.setattr(Descriptions, "of", of)


def test_the_reference_alone_is_measured(project: pytest.Pytester, sweeps: Any) -> None:
    result = project.runpytest("--benchmark-only", "--batchmark-batch-sizes=32", "--batchmark-loop=fit")
    result.assert_outcomes(passed=1, skipped=1)
    assert (result.ret, len(sweeps.asked)) == (0, 1)


def test_a_reference_that_the_project_names_is_measured_too(project: pytest.Pytester, sweeps: Any) -> None:
    file = project.path / "pyproject.toml"
    file.write_text(f"{file.read_text()}\n[tool.batchmark.sweep]\nbatch-sizes = '32'\nloop = 'fit'\n")
    result = project.runpytest("--benchmark-only")
    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 0


@pytest.mark.usefixtures("undescribed")
@pytest.mark.parametrize("others", [(), ("blobs", "digits-mlp")])
def test_a_workload_without_a_quality_metric_is_measured(
    project: pytest.Pytester, sweeps: Any, others: tuple[str, ...]
) -> None:
    names = [f"--batchmark-workload={name}" for name in ("mine:w", *others)]
    options = ("--batchmark-batch-sizes=16,32", "--batchmark-loop=fit")
    result = project.runpytest("--benchmark-only", *names, *options)
    result.assert_outcomes(passed=2 * len(names), skipped=1)
    assert result.ret == 0
    ((cells, _),) = sweeps.asked
    assert {cell.workload for cell in cells} == {"mine:w", *others}


@pytest.mark.usefixtures("sweeps")
@pytest.mark.parametrize("where", [("accuracy",), ("--benchmark-skip",), ("--benchmark-skip", "accuracy")])
def test_accuracy_tests_alone_of_the_reference_alone_are_one_line_and_exit_code_2(
    project: pytest.Pytester, where: tuple[str, ...]
) -> None:
    result = project.runpytest(*where, "--batchmark-batch-sizes=32")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["!*batchmark: '32' names only the reference * another by --batchmark-batch-sizes*!"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


@pytest.mark.usefixtures("undescribed", "sweeps")
def test_accuracy_tests_alone_of_a_workload_without_a_metric_are_one_line_and_exit_code_2(
    project: pytest.Pytester,
) -> None:
    result = project.runpytest("accuracy", "--batchmark-workload=mine:w")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["!*batchmark: workload 'mine:w' doesn't say what counts as trained well*!"])


def test_beside_benchmarks_what_can_not_be_judged_fails_in_a_line(project: pytest.Pytester, sweeps: Any) -> None:
    result = project.runpytest("--batchmark-batch-sizes=32", "--batchmark-loop=fit")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["'32' names only the reference of 'blobs', *"])
    assert (result.ret, len(sweeps.asked)) == (1, 1)


@pytest.mark.usefixtures("undescribed", "sweeps")
def test_of_several_workloads_those_with_a_metric_are_judged(project: pytest.Pytester) -> None:
    names = [f"--batchmark-workload={name}" for name in ("mine:w", "blobs")]
    result = project.runpytest("accuracy", *names, "--batchmark-batch-sizes=16,31", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [
        f"accuracy/test_quality.py::test_quality_equals_the_reference[blobs-{size}]" for size in (16, 31)
    ]
    assert result.ret == 2


@pytest.mark.parametrize(
    ("selection", "by"),
    [
        (("-k", "nix"), "-k 'nix'"),
        (("-m", "slow"), "-m 'slow'"),
        (("-k", "nix", "-m", "not slow"), "-k 'nix' and -m 'not slow'"),
    ],
)
def test_a_selection_that_leaves_nothing_is_told_with_what_it_left_out(
    project: pytest.Pytester, sweeps: Any, selection: tuple[str, ...], by: str
) -> None:
    result = project.runpytest("--benchmark-only", *GRID, *selection, "speed")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    cells = "blobs-31-fit, blobs-32-fit, blobs-33-fit, blobs-500-fit"
    assert f"Nothing is measured: {by} left out all 4 cells: {cells}." in result.outlines
    assert not sweeps.asked


@pytest.mark.usefixtures("sweeps")
def test_many_cells_and_accuracy_tests_that_are_left_out_are_counted(project: pytest.Pytester) -> None:
    result = project.runpytest("-k", "nix")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["*-k 'nix' left out all 42 cells and all 12 accuracy tests: * and 50 more."])


@pytest.mark.usefixtures("sweeps")
def test_the_only_cell_that_is_left_out_is_named(project: pytest.Pytester) -> None:
    options = ("--batchmark-batch-sizes=32", "--batchmark-loop=fit", "--deselect=speed/test_epoch.py")
    result = project.runpytest(*options, "speed")
    result.stdout.fnmatch_lines(["Nothing is measured: the selection left out the only cell: blobs-32-fit."])


@pytest.mark.usefixtures("sweeps")
def test_a_selection_that_leaves_something_is_not_talked_about(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="def test_it(): pass")
    for selection in ("test_it", "32-fit"):
        result = project.runpytest("--benchmark-disable", *GRID, "-k", selection)
        assert "Nothing is measured" not in result.stdout.str()


_HINT = "pytest plugin is not loaded, which this measurement needs; type -p "


@pytest.fixture
def benchmarks(pytester: pytest.Pytester) -> pytest.Pytester:
    """The repository's own folder of benchmarks, its conftest.py included."""
    shutil.copytree(ROOT / "benchmarks", pytester.path / "benchmarks", ignore=shutil.ignore_patterns("releases"))
    pytester.makeini("[pytest]\ntestpaths = benchmarks\naddopts = --import-mode=importlib\n")
    return pytester


def test_a_plugin_that_is_not_loaded_is_told_before_pytest_wonders_about_its_options(
    benchmarks: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = benchmarks.runpytest_subprocess("--benchmark-only", "--batchmark-turns=3")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"ERROR: Batchmark's and pytest-benchmark's {_HINT}batchmark -p benchmark"
    assert [line for line in result.errlines if line] == [said]
    for names in (("batchmark", "benchmark"), ("batchmark.doors.pytest.plugin", "pytest_benchmark.plugin")):
        plugins = [argument for name in names for argument in ("-p", name)]
        loaded = benchmarks.runpytest_subprocess(*plugins, "--benchmark-skip", *GRID, "benchmarks/speed")
        loaded.assert_outcomes(skipped=4)


@pytest.mark.parametrize(
    ("where", "name"),
    [("benchmarks/speed", "batchmark"), ("benchmarks/accuracy", "batchmark"), ("benchmarks", "benchmark")],
)
def test_a_plugin_that_is_turned_off_is_told_by_its_name(benchmarks: pytest.Pytester, where: str, name: str) -> None:
    result = benchmarks.runpytest_subprocess("-p", f"no:{name}", where)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    whose = {"batchmark": "Batchmark's", "benchmark": "pytest-benchmark's"}[name]
    assert [line for line in result.errlines if line] == [f"ERROR: {whose} {_HINT}{name}"]


@pytest.mark.parametrize(
    ("declaration", "missing"),
    [("test_epoch", "batchmark"), ("test_epoch", "benchmark"), ("test_quality", "batchmark")],
)
def test_a_declaration_of_a_users_own_says_what_is_missing(
    pytester: pytest.Pytester, declaration: str, missing: str
) -> None:
    pytester.makepyfile(f"from batchmark.declared.{declaration} import *")
    result = pytester.runpytest_subprocess("-p", f"no:{missing}", "-p", "no:randomly")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{_HINT}{missing}"])
    assert "fixture" not in result.stdout.str()


def test_accuracy_tests_need_no_pytest_benchmark(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from batchmark.declared.test_quality import *")
    result = pytester.runpytest("-p", "no:benchmark", "-p", "no:randomly", "--setup-plan", "-k", "blobs-16")
    result.stdout.fnmatch_lines(["*(fixtures used: *batchmark_quality_study*)*"])
    assert result.ret == 0


def test_a_benchmark_of_a_users_own_says_that_pytest_benchmark_is_missing(
    pytester: pytest.Pytester, sweeps: Any
) -> None:
    pytester.makepyfile(
        """
        def test_mine(batchmark_sweep, benchmark, batchmark_workload, batchmark_batch_size, batchmark_loop): pass
        def test_other(): pass
        """
    )
    result = pytester.runpytest("-p", "no:benchmark", "-p", "no:randomly", "--strict-markers")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["pytest-benchmark is not loaded, *; leave out -p no:benchmark, or *-p benchmark"])
    assert not sweeps.asked


@pytest.mark.parametrize(
    "environment", [{}, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, {"PYTEST_ADDOPTS": "-p no:batchmark"}]
)
def test_batchmark_sweep_loads_what_it_needs_once(
    pytester: pytest.Pytester, sweeps: Any, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(pytester.path)
    result = CliRunner().invoke(command_line.main, ["sweep", "blobs", "--batch-sizes=16..64", "--loop=fit"])
    assert result.exit_code == 0, result.output
    assert len(sweeps.asked) == 1


def test_batchmark_sweep_names_its_own_options(pytester: pytest.Pytester) -> None:
    command = (sys.executable, "-m", "batchmark.doors.command_line", "sweep", "blobs", "--batch-sizes=600")
    result = pytester.run(*command)
    assert result.ret == 2
    result.stderr.fnmatch_lines(["*batch size 600 exceeds *; use --batch-sizes full for one batch an epoch"])
