"""The command `sweep`: pytest's arguments out, and its exit code back."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import batchmark
from batchmark.doors import command_line

_DECLARED = Path(batchmark.__file__).parent / "declared"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line.main, ["sweep", *arguments])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of each call of pytest, which succeeds."""
    calls: list[list[str]] = []

    def main(arguments: list[str]) -> pytest.ExitCode:
        calls.append(arguments)
        return pytest.ExitCode.OK

    monkeypatch.setattr(pytest, "main", main)
    return calls


# What every sweep has, whatever it measures.
_ALWAYS = [
    "--benchmark-only",
    "-p",
    "batchmark",
    "-p",
    "benchmark",
    "-q",
    "--no-header",
    "--benchmark-quiet",
    "-p",
    "no:cacheprovider",
    f"-c={_DECLARED / 'pytest.ini'}",
    "--rootdir=.",
    str(_DECLARED / "test_epoch.py"),
]


def test_what_is_not_said_is_left_to_the_workload(asked: list[list[str]]) -> None:
    result = _run("blobs")
    assert (result.exit_code, result.output) == (0, "")
    assert asked == [[*_ALWAYS, "--batchmark-workload=blobs"]]


def test_what_it_runs_is_part_of_the_package() -> None:
    assert (_DECLARED / "pytest.ini").is_file()
    assert "def test_epoch(" in (_DECLARED / "test_epoch.py").read_text()


def test_several_workloads_and_loops_are_handed_on_in_order(asked: list[list[str]]) -> None:
    assert _run("mine:X", "blobs", "--loop=compiled:xla", "--loop", "fit").exit_code == 0
    ((*_, first, second, third, fourth),) = asked
    assert [first, second, third, fourth] == [
        "--batchmark-workload=mine:X",
        "--batchmark-workload=blobs",
        "--batchmark-loop=compiled:xla",
        "--batchmark-loop=fit",
    ]


def test_workloads_are_named_by_position_or_as_an_option_or_both(asked: list[list[str]]) -> None:
    assert _run("mine:X", "--workload", "blobs", "--workload=mine:X").exit_code == 0
    ((*_, first, second),) = asked
    assert [first, second] == ["--batchmark-workload=mine:X", "--batchmark-workload=blobs"]


@pytest.mark.parametrize(
    ("given", "handed_on"),
    [
        ("--batch-sizes=1,2,16..512*,full", "--batchmark-batch-sizes=1,2,16..512*,full"),
        ("--turns=3", "--batchmark-turns=3"),
        ("--budget=2.5", "--batchmark-budget=2.5s"),
        ("--budget=2min", "--batchmark-budget=120s"),
        ("--first-epoch-limit=7", "--batchmark-first-epoch-limit=7s"),
        ("--seed=0", "--batchmark-seed=0"),
        ("--sweep-seed=0", "--batchmark-seed=0"),
        ("--memory", "--batchmark-memory"),
        ("--no-memory", "--batchmark-no-memory"),
        ("--json=out.json", "--benchmark-json=out.json"),
    ],
)
def test_each_option_is_the_pytest_option_that_means_it(asked: list[list[str]], given: str, handed_on: str) -> None:
    assert _run("blobs", given).exit_code == 0
    assert asked == [[*_ALWAYS, "--batchmark-workload=blobs", handed_on]]


def test_pytest_knows_every_option_that_is_handed_on(pytester: pytest.Pytester) -> None:
    told = pytester.runpytest_subprocess("--help").stdout.str()
    ours = ("workload", "loop", "batch-sizes", "turns", "budget", "first-epoch-limit", "seed", "memory")
    for option in (*(f"--batchmark-{name}" for name in ours), "--batchmark-no-memory", "--benchmark-json"):
        assert option in told


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5, pytest.ExitCode.INTERRUPTED])
def test_the_exit_code_is_pytests(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(pytest, "main", lambda _: code)
    assert _run("blobs").exit_code == int(code)


@pytest.mark.parametrize(
    "arguments",
    [(), ("blobs", "--turns=many"), ("blobs", "--budget=soon"), ("blobs", "--sweep-seed=1.5"), ("blobs", "--json=/")],
)
def test_bad_arguments_exit_2_before_anything_is_measured(asked: list[list[str]], arguments: tuple[str, ...]) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert not asked


def test_the_seed_is_shown_by_its_name_of_today() -> None:
    said = _run("--help").output
    assert "--seed N" in said
    assert "sweep-seed" not in said
