"""A night from the command line: what it writes, what it prints, and its exit codes."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.comparison import Comparison
from batchmark.doors.command_line import main
from batchmark.doors.nightly import call_upgrade
from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.errors import Terminated
from batchmark.files.comparison import read_comparison, write_comparison
from batchmark.studies.nights.issue import CONFIRMED, QUIET
from batchmark.studies.stored.gate import exit_code
from compared_twice import epochs_of, run_of
from stand_in_programs import SMI_FULL, install, install_gh, install_nvidia_smi

SLOW = run_of(*epochs_of({32: 1.05}))
SLOW_AGAIN = run_of(*epochs_of({32: 1.05}), load=0.2)
FAST = run_of(*epochs_of({32: 1.0}))
FAST_AGAIN = run_of(*epochs_of({32: 1.0}), load=0.2)
OPEN = run_of(*epochs_of({32: 1.01}))
CHOSEN = ("--baseline", "tensorflow==2.21.0", "--candidate", "tf-nightly")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def _nightly(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["nightly", *arguments])


@pytest.fixture
def upgrades(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Sequence[str]]]:
    """Have `batchmark upgrade` store these comparisons, one after the other; returns how it is called."""

    def prepare(*outcomes: Comparison) -> list[Sequence[str]]:
        calls: list[Sequence[str]] = []

        def call(arguments: Sequence[str]) -> int:
            outcome = outcomes[len(calls)]
            calls.append(arguments)
            write_comparison(outcome, arguments[list(arguments).index("--json") + 1])
            return exit_code(outcome)

        monkeypatch.setattr("batchmark.doors.nightly.call_upgrade", call)
        return calls

    return prepare


@pytest.mark.parametrize(
    ("outcomes", "code", "marker"),
    [
        ((FAST,), 0, QUIET),
        ((OPEN,), 0, QUIET),
        ((SLOW, SLOW_AGAIN), 1, CONFIRMED),
        ((SLOW, FAST_AGAIN), 0, QUIET),
        ((SLOW, run_of(load=0.2)), 2, QUIET),
    ],
)
def test_only_a_regression_that_was_confirmed_fails_the_night(
    upgrades: Callable[..., list[Sequence[str]]], outcomes: Sequence[Comparison], code: int, marker: str
) -> None:
    calls = upgrades(*outcomes)
    result = _nightly("upgrade", "--into", "night", *CHOSEN)
    assert result.exit_code == code, result.output
    assert len(calls) == len(outcomes)
    assert tuple(calls[0][:4]) == CHOSEN
    assert read_comparison("night/first.json") == outcomes[0]
    assert Path("night/issue.md").read_text(encoding="utf-8").splitlines()[0] == marker


def test_an_inconclusive_night_passes_and_says_so(
    upgrades: Callable[..., list[Sequence[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrades(OPEN)
    Path("summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    result = _nightly("upgrade", "--into", "night", *CHOSEN)
    assert result.exit_code == 0
    assert result.stdout.startswith("Inconclusive: of 1 judged, 1 inconclusive.")
    summary = Path("summary.md").read_text(encoding="utf-8")
    assert summary.startswith("before\n")
    assert "### Batchmark: inconclusive: of 1 judged, 1 inconclusive" in summary


def test_a_night_that_can_not_be_judged_is_one_line_and_leaves_no_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("night").mkdir()
    Path("night/issue.md").write_text(f"{CONFIRMED}\n\nlast night's\n")
    monkeypatch.setattr("batchmark.doors.nightly.call_upgrade", lambda _: 2)
    result = _nightly("upgrade", "--into", "night", *CHOSEN)
    assert result.exit_code == 2
    assert result.stderr == "batchmark: batchmark upgrade ended with exit code 2; what it said stands above\n"
    assert not Path("night/issue.md").exists()


def test_a_gpu_that_nobody_trained_on_fails_the_night(upgrades: Callable[..., list[Sequence[str]]]) -> None:
    upgrades(FAST)
    result = _nightly("upgrade", "--require-gpu", "--into", "night", *CHOSEN)
    assert result.exit_code == 2
    assert "the baseline trained on CPU, and GPU is required" in result.stderr


def test_the_real_batchmark_upgrade_is_called_with_what_it_knows(capfd: pytest.CaptureFixture[str]) -> None:
    result = _nightly("upgrade", "--into", "night", "--baseline", "one", "--baseline-python", "two")
    assert result.exit_code == 2
    complaint = "batchmark: the baseline has requirements and a Python; type --baseline or --baseline-python\n"
    assert capfd.readouterr().err.endswith(complaint)


def test_two_stored_comparisons_are_confirmed_by_hand() -> None:
    write_comparison(SLOW, "one.json")
    write_comparison(SLOW_AGAIN, "two.json")
    result = _nightly("confirm", "one.json", "two.json", "--markdown", "issue.md", "--run", "https://ci/7")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "1 regression confirmed by a second run."
    text = Path("issue.md").read_text(encoding="utf-8")
    assert text.startswith(CONFIRMED)
    assert "From https://ci/7" in text


def test_nothing_confirmed_by_hand_is_exit_code_0() -> None:
    write_comparison(SLOW, "one.json")
    write_comparison(FAST_AGAIN, "two.json")
    result = _nightly("confirm", "one.json", "two.json")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "1 regression in the first run, none confirmed by the second.",
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("one.json", "none.json"), "there is no file none.json"),
        (("one.json", "one.json"), "both files hold the same comparison"),
        (("one.json", "bad.json"), "bad.json is JSON, but not a comparison"),
        (("one.json", "two.json", "--markdown", "no/where.md"), "no/where.md can't be written: No such file"),
    ],
)
def test_what_can_not_be_confirmed_is_one_line_and_exit_code_2(arguments: Sequence[str], complaint: str) -> None:
    write_comparison(SLOW, "one.json")
    write_comparison(SLOW_AGAIN, "two.json")
    Path("bad.json").write_text("{}")
    result = _nightly("confirm", *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: ")
    assert complaint in line


def test_hardware_is_recorded_in_two_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_nvidia_smi(monkeypatch, tmp_path / "bin")
    result = _nightly("hardware", "--require-gpu", "--into", "a/night")
    assert result.exit_code == 0, result.output
    assert "GPU 0: NVIDIA H100 PCIe · driver 570.86.15" in result.stdout
    assert Path("a/night/nvidia-smi.txt").read_text() == SMI_FULL
    assert json.loads(Path("a/night/hardware.json").read_text())["gpus"][0]["clocks.max.sm"] == "1755 MHz"


def test_without_a_gpu_the_host_is_recorded_and_the_lack_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    Path("nvidia-smi.txt").write_text("last night's")
    result = _nightly("hardware", "--into", ".")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "No GPU: nvidia-smi is not installed."
    assert Path("nvidia-smi.txt").read_text() == "nvidia-smi is not installed\n"


def test_a_gpu_that_is_required_and_is_not_there_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = _nightly("hardware", "--require-gpu", "--into", "night")
    assert result.exit_code == 2
    assert result.stderr == "batchmark: a GPU is required here: nvidia-smi is not installed\n"
    assert Path("night/hardware.json").exists()


def test_a_folder_that_can_not_be_made_is_one_line() -> None:
    Path("file").touch()
    result = _nightly("hardware", "--into", "file/night")
    assert (result.exit_code, result.stderr) == (2, "batchmark: the folder file/night can't be made: Not a directory\n")


def test_the_issue_is_opened_through_gh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    github = install_gh(monkeypatch, tmp_path / "bin")
    Path("issue.md").write_text(f"{CONFIRMED}\n\nslow\n")
    result = _nightly("issue", "issue.md", "--title", "Slow")
    assert (result.exit_code, result.stdout) == (0, "opened https://github.com/owner/name/issues/1\n")
    assert [issue["title"] for issue in github.issues] == ["Slow"]


def test_an_issue_whose_text_is_missing_is_one_line() -> None:
    result = _nightly("issue", "none.md")
    assert (result.exit_code, result.stderr) == (2, "batchmark: none.md can't be read: No such file or directory\n")


@pytest.mark.parametrize("command", ["upgrade", "confirm"])
def test_the_help_tells_the_exit_codes(command: str) -> None:
    text = " ".join(_nightly(command, "--help").output.split())
    assert "Exit codes: 0 no regression was confirmed" in text
    assert "1 a regression was confirmed; 2 it can't be told." in text


_CANCELLED = """
import os, signal, sys, time
from pathlib import Path
def end(*_):
    Path({file!r}).write_text("what it had")
    sys.exit(2)
signal.signal(signal.SIGTERM, end)
os.kill(os.getppid(), signal.SIGTERM)
time.sleep(60)
"""


def test_sigterm_is_handed_on_to_an_upgrade_which_ends_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "left"
    install(monkeypatch, tmp_path / "bin", "upgrading", _CANCELLED.format(file=str(file)))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "upgrading"))
    with pytest.raises(Terminated), sigterm_as_ctrl_c():
        call_upgrade([])
    assert file.read_text() == "what it had"
