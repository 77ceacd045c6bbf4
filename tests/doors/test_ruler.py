"""What `batchmark ruler power` plants, as it is typed."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from batchmark.doors.command_line import main
from batchmark.errors import BatchmarkError
from batchmark.studies.ruler.power_run import PowerPlan
from batchmark.workloads.slowed import SlowEpochs


def _power(monkeypatch: pytest.MonkeyPatch, folder: Path, planted: str) -> tuple[list[PowerPlan], str]:
    """Return what would have been measured, and what was said."""
    plans: list[PowerPlan] = []

    def measured(plan: PowerPlan, **_: Any) -> None:
        plans.append(plan)
        message = "measured enough"
        raise BatchmarkError(message)

    monkeypatch.setattr("batchmark.doors.ruler.run_once", measured)
    said = CliRunner().invoke(main, ["ruler", "power", "--planted", planted, "--jsonl", str(folder / "runs")])
    assert said.exit_code == 2
    return plans, said.output


def test_shares_and_slow_epochs_are_planted_by_batch_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ((plan,), _) = _power(monkeypatch, tmp_path, "0, 1%,1in5x2,0.02,1in20x1.4")
    assert plan.shares == {32: 0.0, 40: 0.01, 48: 0.0, 56: 0.02, 64: 0.0}
    assert plan.slow_epochs == {48: SlowEpochs(5, 2.0), 64: SlowEpochs(20, 1.4)}


@pytest.mark.parametrize("planted", ["1in0x2", "1in5", "in5x2", "1in5x", "5x2", "1in5x0", "-1%", ""])
def test_what_is_neither_is_refused_with_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, planted: str
) -> None:
    plans, said = _power(monkeypatch, tmp_path, f"0,{planted}")
    assert not plans
    assert "expected shares and slow epochs, as in 0,1%,1in5x2" in " ".join(said.split())


def test_more_cells_than_there_are_sizes_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plans, said = _power(monkeypatch, tmp_path, ",".join(["0"] * 9))
    assert not plans
    assert "--planted names 9 cells; at most 8" in said
