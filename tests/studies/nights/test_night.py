"""A night measures once, and only where something regressed once more; an old file never passes for a new one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.comparison import Comparison, Environments
from batchmark.errors import BatchmarkError
from batchmark.files.comparison import write_comparison
from batchmark.studies.nights.night import Night, run_night
from batchmark.studies.stored.gate import exit_code
from compared_twice import epochs_of, run_of

FAST = run_of(*epochs_of({32: 1.0, 64: 1.0}))
SLOW = run_of(*epochs_of({32: 1.05, 64: 1.0}))
SLOW_AGAIN = run_of(*epochs_of({32: 1.06, 64: 1.0}), load=0.2)
FAST_AGAIN = run_of(*epochs_of({32: 1.0, 64: 1.0}), load=0.2)
OPEN = run_of(*epochs_of({32: 1.01}))


class _Upgrades:
    """Stands in for `batchmark upgrade`: stores one comparison after the other, or ends with an exit code instead."""

    def __init__(self, *outcomes: Comparison | int) -> None:
        self._outcomes = list(outcomes)
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> int:
        self.asked.append(list(arguments))
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, int):
            return outcome
        write_comparison(outcome, self.value("--json"))
        return 2 if outcome.stopped else exit_code(outcome)

    def value(self, option: str, call: int = -1) -> str:
        arguments = self.asked[call]
        return arguments[arguments.index(option) + 1]


def _night(folder: Path, upgrades: _Upgrades, *arguments: str, device: str | None = None) -> Night:
    return run_night(arguments, folder, seed=7, compare=upgrades, device=device)


@pytest.mark.parametrize("outcome", [FAST, OPEN, run_of(*epochs_of({32: 0.9}))])
def test_what_did_not_regress_is_not_measured_again(tmp_path: Path, outcome: Comparison) -> None:
    upgrades = _Upgrades(outcome)
    night = _night(tmp_path, upgrades)
    assert (night.first, night.confirmation, night.exit_code) == (outcome, None, 0)
    assert len(upgrades.asked) == 1


@pytest.mark.parametrize(("second", "code"), [(SLOW_AGAIN, 1), (FAST_AGAIN, 0)])
def test_what_regressed_is_measured_once_more(tmp_path: Path, second: Comparison, code: int) -> None:
    upgrades = _Upgrades(SLOW, second)
    night = _night(tmp_path, upgrades)
    assert night.confirmation is not None
    assert night.confirmation.second == second
    assert night.exit_code == code
    assert len(upgrades.asked) == 2


def test_the_second_run_is_fresh_and_of_the_same_packages(tmp_path: Path) -> None:
    upgrades = _Upgrades(SLOW, SLOW_AGAIN)
    _night(tmp_path, upgrades, "--candidate", "tf-nightly", "--workload", "blobs")
    for asked in upgrades.asked:
        assert asked[:4] == ["--candidate", "tf-nightly", "--workload", "blobs"]
    assert [upgrades.value("--seed", call) for call in (0, 1)] == ["7", "8"]
    assert ["--refresh" in asked for asked in upgrades.asked] == [True, False]
    assert [Path(upgrades.value("--json", call)).name for call in (0, 1)] == ["first.json", "second.json"]


def test_a_comparison_that_could_not_be_judged_ends_the_night(tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match="ended with exit code 2; what it said stands above"):
        _night(tmp_path, _Upgrades(2))
    with pytest.raises(BatchmarkError, match="ended with exit code -9"):
        _night(tmp_path, _Upgrades(-9))


def test_a_second_run_that_stored_nothing_leaves_the_first_open(tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match="neither confirmed nor refuted"):
        _night(tmp_path, _Upgrades(SLOW, 2))


def test_a_second_run_that_did_not_finish_counts_for_what_it_measured(tmp_path: Path) -> None:
    stopped = replace(SLOW_AGAIN, stopped="interrupted by Ctrl-C")
    assert _night(tmp_path, _Upgrades(SLOW, stopped)).exit_code == 1
    nothing = run_of(load=0.2, stopped="interrupted by Ctrl-C")
    assert _night(tmp_path, _Upgrades(SLOW, nothing)).exit_code == 2


def test_files_of_an_earlier_night_never_pass_for_this_ones(tmp_path: Path) -> None:
    _night(tmp_path, _Upgrades(SLOW, SLOW_AGAIN))
    with pytest.raises(BatchmarkError, match="neither confirmed nor refuted"):
        _night(tmp_path, _Upgrades(SLOW, 2))
    with pytest.raises(BatchmarkError, match=r"there is no file .*first\.json"):
        _night(tmp_path, _Upgrades(0))


@pytest.mark.parametrize("argument", ["--json", "--json=x", "--markdown", "--junit", "--seed", "--refresh"])
def test_what_is_the_nights_own_is_refused(tmp_path: Path, argument: str) -> None:
    upgrades = _Upgrades()
    with pytest.raises(BatchmarkError, match=f"{argument} is the night's own"):
        _night(tmp_path, upgrades, argument, "3")
    assert upgrades.asked == []


def test_a_side_that_silently_trained_on_the_cpu_fails_the_night(tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match="the baseline trained on CPU, and GPU is required"):
        _night(tmp_path, _Upgrades(SLOW), device="GPU")
    sides = SLOW.environment
    half = replace(SLOW, environment=Environments({**sides.baseline, "device": "GPU"}, sides.candidate))
    with pytest.raises(BatchmarkError, match="the candidate trained on CPU"):
        _night(tmp_path, _Upgrades(half), device="GPU")
    assert _night(tmp_path, _Upgrades(FAST), device="CPU").exit_code == 0
