"""The command line: what is printed, and one line for what can be mended."""

import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import batchmark
from batchmark.doors import command_line, ruler
from batchmark.errors import MissingPackageError, TrainingError


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line.main, list(arguments))


def test_the_version_is_the_packages() -> None:
    assert batchmark.__version__ in _run("--version").output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file"),
        ("", "JSON"),
        ('{"benchmarks": [', "JSON"),
        ("[]", "pytest-benchmark"),
        ('{"benchmarks": [], "machine_info": {}, "datetime": "now"}', "none of them a cell"),
    ],
)
def test_a_file_that_holds_no_sweep_is_one_line_and_exit_code_2(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "out.json"
    if content is not None:
        path.write_text(content)
    result = _run("show", str(path))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: ")
    assert message.lower() in line.lower()
    assert result.stdout == ""


def test_another_schema_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    bench = {"name": "x", "extra_info": {"batchmark_schema": 99}}
    path.write_text(json.dumps({"benchmarks": [bench], "machine_info": {}, "datetime": "now"}))
    result = _run("show", str(path))
    assert result.exit_code == 2
    assert "99" in result.stderr
    assert "1" in result.stderr


@pytest.mark.parametrize("error", [MissingPackageError("no TensorFlow; type this"), TrainingError("it broke; do that")])
def test_what_goes_wrong_in_a_study_is_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(ruler, "run_table1", fail)
    result = _run("ruler", "table1")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"batchmark: {error}"


def test_ctrl_c_is_one_line_and_exit_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ruler, "run_table1", interrupt)
    result = _run("ruler", "table1")
    assert result.exit_code == 2
    assert "interrupted" in result.stderr


@pytest.mark.parametrize("command", ["table1", "overhead"])
def test_sigterm_is_as_ctrl_c_and_told_by_its_name(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def cancel(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(ruler, f"run_{command}", cancel)
    result = _run("ruler", command)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "batchmark: ended by SIGTERM before there was a result"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ruler", "table1", "--seeds", "1"),
        ("ruler", "table1", "--seeds", "many"),
        ("ruler", "table1", "--learning-rate", "0.5"),
        ("ruler", "overhead", "--batch-size", "501"),
        ("ruler", "overhead", "--batch-size", "0"),
        ("ruler", "overhead", "--workload", "cifar"),
        ("ruler", "overhead", "--turns", "0"),
        ("no-such-command",),
    ],
)
def test_bad_arguments_exit_2_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def never(*_: Any, **__: Any) -> None:
        pytest.fail("a study was started")

    monkeypatch.setattr(ruler, "run_table1", never)
    monkeypatch.setattr(ruler, "run_overhead", never)
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_a_plot_folder_that_cannot_be_made_is_one_line_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(**_: Any) -> None:
        pytest.fail("a study was started")

    monkeypatch.setattr(ruler, "run_table1", never)
    (tmp_path / "file").write_text("")
    result = _run("ruler", "table1", "--plot", str(tmp_path / "file" / "figures"))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: --plot: can't write")


@pytest.mark.parametrize(("stopped", "code"), [(None, 0), ("interrupted by Ctrl-C", 2)])
@pytest.mark.parametrize("command", ["table1", "overhead"])
def test_a_part_is_printed_and_exits_2(
    monkeypatch: pytest.MonkeyPatch, command: str, stopped: str | None, code: int
) -> None:
    def study(*_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(stopped=stopped)

    monkeypatch.setattr(ruler, f"run_{command}", study)
    monkeypatch.setattr(ruler, f"render_{command}", lambda _: "what is there")
    result = _run("ruler", command)
    assert result.stdout.strip() == "what is there"
    assert result.exit_code == code


@pytest.mark.parametrize("name", ["table1", "overhead", "power"])
def test_an_old_name_works_and_says_the_new_one_in_a_line(name: str) -> None:
    old, new = _run(name, "--help"), _run("ruler", name, "--help")
    assert (old.exit_code, new.exit_code) == (0, 0)
    assert old.stderr == f"batchmark: {name} is called batchmark ruler {name} now\n"
    assert new.stderr == ""
    # Line by line but for the usage, which has the name.
    assert old.stdout.splitlines()[1:] == new.stdout.splitlines()[1:]


def test_an_old_name_measures_as_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def study(*_: Any, **options: Any) -> SimpleNamespace:
        del options["progress"]
        asked.append(options)
        return SimpleNamespace(stopped=None)

    monkeypatch.setattr(ruler, "run_table1", study)
    monkeypatch.setattr(ruler, "render_table1", lambda _: "what is there")
    for words in (("table1",), ("ruler", "table1")):
        assert _run(*words, "--seeds=7", "--learning-rate=same").stdout == "what is there\n"
    assert asked == [{"seeds": 7, "same_learning_rate": True}] * 2


def test_old_names_stand_in_no_list() -> None:
    shown = [name for name, command in command_line.main.commands.items() if not command.hidden]
    assert shown == [
        *(
            "sweep",
            "show",
            "report",
            "largest",
            "claims",
            "quality",
            "target",
            "noise-scale",
            "observe",
            "schedules",
            "upgrade",
            "bisect",
            "explain",
            "gate",
            "calibrate",
            "releases",
            "nightly",
            "ruler",
        ),
    ]
