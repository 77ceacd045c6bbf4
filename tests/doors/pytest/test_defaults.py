"""`[tool.batchmark.sweep]` of a project: what holds where the command line says nothing."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from batchmark.doors import command_line

TABLE = """
[tool.batchmark.sweep]
batch-sizes = "31..33+1"
loop = "fit"
turns = 5
memory = true
learning-rate = "same"
"""


def _with_table(project: pytest.Pytester, table: str = TABLE) -> None:
    file = project.path / "pyproject.toml"
    file.write_text(f"{file.read_text()}\n{table}")


def test_a_bare_run_measures_what_the_project_says(project: pytest.Pytester, sweeps: Any) -> None:
    _with_table(project)
    project.runpytest("--benchmark-only").assert_outcomes(passed=3, skipped=1)
    ((cells, plan),) = sweeps.asked
    assert [str(cell) for cell in cells] == ["blobs-31-fit", "blobs-32-fit", "blobs-33-fit"]
    assert (plan.turns, plan.same_learning_rate) == (5, True)
    assert sweeps.memory == [True]


def test_the_command_line_takes_precedence(project: pytest.Pytester, sweeps: Any) -> None:
    _with_table(project)
    options = ("--batchmark-batch-sizes=64", "--batchmark-turns=6", "--batchmark-no-memory")
    project.runpytest("--benchmark-only", *options, "speed").assert_outcomes(passed=1)
    ((cells, plan),) = sweeps.asked
    assert ([str(cell) for cell in cells], plan.turns, sweeps.memory) == (["blobs-64-fit"], 6, [False])


def test_the_file_is_looked_for_from_pytests_root_upward(pytester: pytest.Pytester, sweeps: Any) -> None:
    (pytester.path / "pyproject.toml").write_text(TABLE)
    below = pytester.mkdir("below")
    (below / "pytest.ini").write_text("[pytest]\n")
    (below / "test_speed.py").write_text("from batchmark.declared.test_epoch import test_epoch\n")
    pytester.runpytest("-p", "no:randomly", "--benchmark-only", "below").assert_outcomes(passed=3)
    (below / "pyproject.toml").write_text("[tool.batchmark.sweep]\nbatch-sizes = '64'\nloop = 'fit'\n")
    pytester.runpytest("-p", "no:randomly", "--benchmark-only", "below").assert_outcomes(passed=1)


def test_a_file_that_pytest_is_told_to_read_is_the_one(pytester: pytest.Pytester, sweeps: Any) -> None:
    (pytester.path / "pyproject.toml").write_text(TABLE)
    (pytester.mkdir("other") / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n[tool.batchmark.sweep]\nbatch-sizes = '64'\nloop = 'fit'\n"
    )
    pytester.makepyfile(test_speed="from batchmark.declared.test_epoch import test_epoch")
    options = ("-c", "other/pyproject.toml", "--rootdir=.", "--benchmark-only", "test_speed.py")
    pytester.runpytest("-p", "no:randomly", *options).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "[tool.batchmark.sweep]\nbatch_sizes = '16'\n",
            "*sweep: unknown key 'batch_sizes'; did you mean batch-sizes?*",
        ),
        ("[tool.batchmark.sweep]\nturns = 'many'\n", "*sweep.turns is 'many'; expected a whole number*"),
        ("[tool.batchmark.sweep]\nturns = 0\n", "*sweep.turns is 0; expected a whole number from 1*"),
        ("[tool.batchmark.sweep]\nbatch-sizes = '600'\n", "*600 exceeds *; use --batchmark-batch-sizes full*"),
        ("[tool.batchmark.sweep]\nloop = 'unrolled'\n", "*unknown loop 'unrolled'*"),
        ("[tool.batchmark.sweep]\nworkload = 'cifar'\n", "*unknown workload 'cifar'*"),
        ("[tool.batchmark]\nbatch-sizes = '16'\n", "*tool.batchmark: unknown key 'batch-sizes'*"),
    ],
)
def test_what_can_not_be_used_is_one_line_and_exit_code_2_where_it_is_used(
    project: pytest.Pytester, sweeps: Any, table: str, message: str
) -> None:
    _with_table(project, table)
    result = project.runpytest("--benchmark-only")
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"!*batchmark: {message}!"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert not sweeps.asked


def test_what_can_not_be_used_is_no_matter_of_tests_that_do_not_use_it(project: pytest.Pytester, sweeps: Any) -> None:
    _with_table(project, "[tool.batchmark.sweep]\nturns = 'many'\n")
    project.makepyfile(test_other="def test_it(): pass")
    project.runpytest("test_other.py").assert_outcomes(passed=1)
    project.runpytest("-k", "test_it").assert_outcomes(passed=1, deselected=2)
    # With nothing else left, a selection among the cells that there are not is no excuse.
    assert project.runpytest("-k", "32-fit").ret == 2
    assert project.runpytest("speed", "test_other.py").ret == 2


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """The arguments of each call of pytest, in a folder of its own."""
    calls: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(pytest, "main", main)
    monkeypatch.chdir(tmp_path)
    return calls


def test_batchmark_sweep_needs_no_name_where_the_project_has_one(handed_on: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.batchmark.sweep]\nworkload = 'blobs'\n")
    assert CliRunner().invoke(command_line.main, ["sweep", "--turns=3"]).exit_code == 0
    assert not [argument for argument in handed_on[0] if argument.startswith("--batchmark-workload")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "Missing argument 'WORKLOAD...': name one, here or as workload in [tool.batchmark.sweep]"),
        ("[tool.batchmark.sweep]\nturns = 3\n", "Missing argument 'WORKLOAD...'"),
        ("[tool.batchmark.sweep]\nworkload = 3\n", "workload is 3; expected a name, or a list of names"),
        ("[tool.batchmark.sweep\n", "is not TOML"),
    ],
)
def test_a_sweep_of_nothing_is_refused(
    handed_on: list[list[str]], tmp_path: Path, text: str | None, message: str
) -> None:
    if text:
        (tmp_path / "pyproject.toml").write_text(text)
    result = CliRunner().invoke(command_line.main, ["sweep"])
    assert (result.exit_code, handed_on) == (2, [])
    assert message in result.stderr


def test_batchmark_sweep_reads_the_project_it_is_started_in(pytester: pytest.Pytester, sweeps: Any) -> None:
    (pytester.path / "pyproject.toml").write_text(TABLE)
    below = pytester.mkdir("below")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        assert CliRunner().invoke(command_line.main, ["sweep", "blobs", "--turns=2"]).exit_code == 0
    ((cells, plan),) = sweeps.asked
    assert (len(cells), plan.turns) == (3, 2)
