"""Beside other plugins of pytest: xdist, randomly, timeout and cov, and without pytest-benchmark."""

import json
from pathlib import Path
from typing import Any

import pytest

from repository import ROOT

GRID = ("--batchmark-batch-sizes=16..64", "--batchmark-loop=fit", "--batchmark-loop=compiled")


@pytest.fixture
def project_alone(project: pytest.Pytester) -> pytest.Pytester:
    """The project, for runs in a process of its own, with the same stand-in for measuring."""
    project.makeconftest(
        f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import batchmark.studies.sweep.run
from tests.doors.pytest.conftest import Sweeps
batchmark.studies.sweep.run.run_sweep = Sweeps()
"""
    )
    return project


def test_xdist_measures_nothing_and_says_why_in_a_line(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="import pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_it(n): pass")
    result = project.runpytest_subprocess("-n", "2", *GRID, "speed", "test_other.py", "-W", "ignore")
    result.assert_outcomes(passed=4, skipped=1)
    assert result.ret == 0
    told = "Not measured: 1 of Batchmark's benchmarks: cells measured side by side slow each other down; leave out -n."
    assert result.outlines.count(told) == 1


def test_xdist_describes_no_workload_where_nothing_is_measured(project: pytest.Pytester) -> None:
    # A workload that there is not: whoever looked at it would end the run.
    file = project.path / "pyproject.toml"
    file.write_text(f"{file.read_text()}\n[tool.batchmark.sweep]\nworkload = 'no_such_module:w'\n")
    result = project.runpytest_subprocess("-n", "2", "speed", "-W", "ignore")
    result.assert_outcomes(skipped=1)


@pytest.mark.exhaustive
def test_xdist_judges_what_can_not_be_judged_in_a_line(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("-n", "2", "--batchmark-batch-sizes=32", "accuracy", "-W", "ignore")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["'32' names only the reference of 'blobs', *"])


@pytest.mark.parametrize("seed", ["1", pytest.param("2", marks=pytest.mark.exhaustive)])
def test_randomly_shuffles_the_tests_and_leaves_the_sweep_as_it_is(
    project: pytest.Pytester, sweeps: Any, seed: str
) -> None:
    orders = []
    for number, options in enumerate(((), ("-p", "randomly", f"--randomly-seed={seed}"))):
        json_file = f"--benchmark-json={number}.json"
        result = project.runpytest("--benchmark-only", *options, *GRID, json_file, "speed", "-v")
        result.assert_outcomes(passed=6)
        orders.append([line for line in result.outlines if "PASSED" in line])
    assert [line.split()[0] for line in orders[0]] != [line.split()[0] for line in orders[1]]
    plain, shuffled = sweeps.asked
    assert plain == shuffled
    assert _measured(project.path / "0.json") == _measured(project.path / "1.json")


def test_cov_has_its_report_and_we_have_ours(project_alone: pytest.Pytester) -> None:
    result = project_alone.runpytest_subprocess("--benchmark-only", "--cov=.", *GRID, "speed")
    result.assert_outcomes(passed=6)
    assert result.ret == 0
    for line in ("*= batchmark =*", "*coverage: *", "TOTAL*"):
        result.stdout.fnmatch_lines([line])


def test_a_generous_timeout_changes_nothing(project_alone: pytest.Pytester) -> None:
    result = project_alone.runpytest_subprocess("--benchmark-only", "--timeout=300", *GRID, "speed")
    result.assert_outcomes(passed=6)
    assert result.ret == 0


@pytest.mark.exhaustive
def test_all_of_them_at_once(project_alone: pytest.Pytester) -> None:
    options = ("-p", "randomly", "--timeout=300", "--timeout-method=thread", "--cov=.", "-p", "no:cacheprovider")
    result = project_alone.runpytest_subprocess("--benchmark-only", *options, *GRID, "speed")
    result.assert_outcomes(passed=6)
    assert result.ret == 0


def test_without_pytest_benchmark_a_benchmark_fails_in_a_line_and_other_tests_run(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="def test_it(): pass")
    result = project.runpytest_subprocess("-p", "no:benchmark", *GRID, "speed", "test_other.py")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["pytest-benchmark's pytest plugin is not loaded, *; type -p benchmark"])


def _measured(file: Path) -> dict[str, Any]:
    benchmarks = json.loads(file.read_text())["benchmarks"]
    return {bench["name"]: (bench["extra_info"], bench["stats"]["data"], bench["params"]) for bench in benchmarks}
