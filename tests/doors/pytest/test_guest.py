"""Somebody else's suite, in an environment where Batchmark happens to be installed: it runs as it does without."""

import json
import re
from dataclasses import dataclass, field

import pytest


@dataclass(frozen=True)
class Suite:
    """Files by name, what pytest is called with, and how many of its tests pass."""

    files: dict[str, str]
    passed: int
    arguments: tuple[str, ...] = ()
    outcomes: dict[str, int] = field(default_factory=dict)


_OPTIONS_AND_FIXTURES = Suite(
    {
        "conftest.py": """
import pytest

def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=3)
    parser.addoption("--job-memory", dest="memory", default="8GiB")

@pytest.fixture(params=[0.1, 0.2])
def sweep(request):
    return request.param
""",
        "test_it.py": """
def test_options_of_its_own(request):
    assert request.config.getoption("--seeds") == 3
    assert request.config.option.memory == "8GiB"

def test_fixture_of_its_own(sweep):
    assert sweep > 0
""",
    },
    passed=3,
)
_OUR_OLD_OPTIONS = Suite(
    {
        "conftest.py": """
def pytest_addoption(parser):
    group = parser.getgroup("batchmark-like")
    for name in ("workload", "batch-sizes", "loop", "turns", "learning-rate", "sweep-seed", "max-seeds", "seeds"):
        group.addoption(f"--{name}", default="theirs")
    group.addoption("--budget", action="append", dest="first_epoch_limit")
    group.addoption("--memory", action="store_true", dest="budget")
""",
        "test_it.py": """
import pytest

@pytest.mark.parametrize("name", ["workload", "loop", "turns", "learning-rate", "max-seeds"])
def test_its_default(request, name):
    assert request.config.getoption(f"--{name}") == "theirs"

def test_what_was_given(request):
    option = request.config.option
    assert (option.batch_sizes, option.first_epoch_limit, option.budget) == ("a lot", ["small"], True)
    assert option.sweep_seed == "--seeds"
""",
    },
    passed=6,
    arguments=("--batch-sizes", "a lot", "--budget=small", "--memory", "--sweep-seed=--seeds", "--seeds=--memory"),
)
_PARAMETERS = Suite(
    {
        "conftest.py": """
import pytest

def pytest_generate_tests(metafunc):
    if "workload" in metafunc.fixturenames:
        metafunc.parametrize("workload", ["web", "batch"])
    if "quality_study" in metafunc.fixturenames:
        metafunc.parametrize("quality_study", [1, 2, 3], indirect=True)

@pytest.fixture
def quality_study(request):
    return request.param

@pytest.fixture(autouse=True)
def loop():
    return "an event loop"

@pytest.fixture(scope="session")
def batch_size():
    return 7
""",
        "test_it.py": """
def test_workload(workload, batch_size):
    assert workload in {"web", "batch"}
    assert batch_size == 7

def test_quality(quality_study, loop):
    assert loop == "an event loop"
""",
    },
    passed=5,
)
_MARKERS_AND_INI = Suite(
    {
        "pytest.ini": """
[pytest]
markers =
    sweep: theirs
    workload(name): theirs too
workload = web
batch_sizes = 3
addopts = --strict-markers --strict-config
filterwarnings = error
""",
        "conftest.py": """
def pytest_addoption(parser):
    parser.addini("workload", "theirs")
    parser.addini("batch_sizes", "theirs", default="4")
    parser.addoption("--batch", dest="batch_sizes")
    parser.addoption("--batchmark", action="store_true", dest="batchmark")
    parser.addoption("--batch-size", default=1)
""",
        "test_it.py": """
import unittest
import pytest

@pytest.mark.sweep
@pytest.mark.workload("web")
def test_marked(request):
    assert (request.config.getini("workload"), request.config.getini("batch_sizes")) == ("web", "3")

@pytest.mark.sweep
def test_options(request):
    option = request.config.option
    assert (option.batch_sizes, option.batchmark, option.batch_size) == ("nine", True, "5")

@pytest.mark.sweep
class TestOfUnittest(unittest.TestCase):
    def test_sweep(self):
        pass

def test_unmarked(): pass
""",
    },
    passed=3,
    arguments=("-m", "sweep", "--batch", "nine", "--batchmark", "--batch-size", "5"),
    outcomes={"deselected": 1},
)
_BENCHMARKS_OF_THEIR_OWN = Suite(
    {
        "test_it.py": """
import pytest

@pytest.mark.parametrize("workload", ["sort", "search"])
def test_speed(benchmark, workload):
    benchmark.pedantic(sorted, ([3, 1, 2],), rounds=2)

def test_other(): pass
"""
    },
    passed=2,
    arguments=("--benchmark-only", "--benchmark-json=out.json", "--benchmark-columns=rounds", "--benchmark-sort=name"),
    outcomes={"skipped": 1},
)
_FAILURES = Suite(
    {
        "test_it.py": """
import pytest

def test_fails():
    assert [1] == [2]

def test_has_no_such_fixture(swep): pass

@pytest.mark.skip(reason="cells")
def test_skipped(): pass

def test_passes(): pass
"""
    },
    passed=1,
    arguments=("-ra",),
    outcomes={"failed": 1, "errors": 1, "skipped": 1},
)
_A_FAULTY_TABLE = Suite(
    {
        "pyproject.toml": """
[tool.pytest.ini_options]
minversion = "8.0"

[tool.batchmark]
tolerance = 3

[tool.batchmark.sweep]
turn = "many"
""",
        "test_it.py": "def test_passes(): pass",
    },
    passed=1,
)

SUITES = {
    "options and fixtures": _OPTIONS_AND_FIXTURES,
    "our old options": _OUR_OLD_OPTIONS,
    "parameters": _PARAMETERS,
    "markers and ini": _MARKERS_AND_INI,
    "benchmarks": _BENCHMARKS_OF_THEIR_OWN,
    "failures": _FAILURES,
    "a faulty table": _A_FAULTY_TABLE,
}


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_runs_and_prints_as_it_does_without_us(pytester: pytest.Pytester, name: str) -> None:
    suite = SUITES[name]
    _write(suite, pytester)
    with_us, without = (
        pytester.runpytest("-p", "no:randomly", *plugin, *suite.arguments) for plugin in ((), ("-p", "no:batchmark"))
    )
    with_us.assert_outcomes(passed=suite.passed, **suite.outcomes)
    assert with_us.ret == without.ret
    assert [*map(_steady, with_us.outlines)] == [*map(_steady, without.outlines)]
    assert with_us.errlines == without.errlines


# The others are as good as these, and each takes a process of its own.
_FEW = {"options and fixtures", "benchmarks", "a faulty table"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _FEW else pytest.mark.exhaustive) for name in SUITES]
)
def test_in_a_suite_without_our_fixtures_nothing_of_ours_is_imported_or_read(
    pytester: pytest.Pytester, name: str
) -> None:
    suite = SUITES[name]
    _write(suite, pytester)
    # In a process of its own: this one has imported everything.
    pytester.makepyfile(
        watcher="""
import sys

def pytest_unconfigure():
    known = {"", "backends", "errors", "loops", "doors", "doors.choices", "doors.sweep_options", "doors.pytest",
             "doors.pytest.plugin", "doors.pytest.renamed"}
    late = sorted(module for module in sys.modules if module.partition(".")[0] == "batchmark"
                  and module.partition(".")[2] not in known)
    print("imported late:", late)
"""
    )
    pytester.syspathinsert()
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "watcher", *suite.arguments)
    result.assert_outcomes(passed=suite.passed, **suite.outcomes)
    result.stdout.fnmatch_lines(["imported late: []"])


def test_a_suite_without_a_terminal_runs(pytester: pytest.Pytester) -> None:
    _write(_PARAMETERS, pytester)
    # pytest-benchmark needs a terminal, whether we are here or not.
    result = pytester.runpytest_subprocess("-p", "no:terminal", "-p", "no:benchmark", "-p", "no:randomly")
    assert (result.ret, result.outlines, result.errlines) == (0, [], [])


def test_what_another_suite_stores_has_nothing_of_ours(pytester: pytest.Pytester) -> None:
    _write(_BENCHMARKS_OF_THEIR_OWN, pytester)
    pytester.runpytest("-p", "no:randomly", *_BENCHMARKS_OF_THEIR_OWN.arguments)
    stored = json.loads((pytester.path / "out.json").read_text())
    assert "batchmark" not in stored
    assert "batchmark" not in stored["machine_info"]
    assert [each["params"] for each in stored["benchmarks"]] == [{"workload": "sort"}, {"workload": "search"}]


def test_our_options_and_fixtures_all_bear_our_prefix(pytester: pytest.Pytester) -> None:
    """What pytest itself lists of this environment, with and without the plugin."""
    for listing in ("--help", "--fixtures", "--markers"):
        with_us, without = (
            set(pytester.runpytest(listing, "-p", "no:randomly", *plugin).outlines)
            for plugin in ((), ("-p", "no:batchmark"))
        )
        added = {line for line in with_us - without if re.match(r"  --|[a-z_]+ ?[\[-]|@", line)}
        assert added or listing == "--markers"
        assert all(re.match(r"  --batchmark-|batchmark_", line) for line in added), added


def _write(suite: Suite, pytester: pytest.Pytester) -> None:
    for name, text in suite.files.items():
        (pytester.path / name).write_text(text)


def _steady(line: str) -> str:
    """Return a line without what differs from run to run: plugins, seconds and their unit, which fixtures there are."""
    if line.startswith("plugins:"):
        return ""
    if line.startswith(">       available fixtures:"):
        return re.sub(r"batchmark_\w+, ", "", line)
    return re.sub(r"\d+\.\d+s|(?<=time in )[num]?s|\d{4}-\d\d-\d\d[ T][\d:.]+", "", line)
