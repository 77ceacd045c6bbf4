"""The noise of a machine, over simulated identical sides whose noise is known."""

from dataclasses import replace
from typing import Any

import pytest

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.errors import BatchmarkError
from batchmark.files.calibration import Calibration
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord, Status
from batchmark.report.calibration import render_calibration
from batchmark.studies.live.calibration import CalibrationPlan, run_calibration
from batchmark.studies.live.plan import Asked
from batchmark.studies.live.trace import TRACE
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description
from simulated_sides import FACTS, SimulatedSides

DESCRIPTION = Description(name="mine", examples=500)
CELLS = tuple(Cell("mine", size, "fit") for size in (16, 32, 64))


@pytest.fixture
def calibrate(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(machine: SimulatedSides, **settings: Any) -> Calibration:
        monkeypatch.setattr("batchmark.studies.live.calibration.run_sides", machine)
        keep = settings.pop("keep", lambda *_: None)
        plan = CalibrationPlan(**settings)
        asked = Asked(DESCRIPTION, CELLS)
        return run_calibration(lambda: None, asked, plan, progress=silent, keep=keep)  # type: ignore[arg-type,return-value]

    return run


def _epochs(found: Calibration) -> list[Any]:
    return [cell for cell in found.cells if cell.metric == "seconds_per_epoch"]


def test_the_spread_between_processes_is_found(calibrate: Any) -> None:
    found = calibrate(SimulatedSides(process=0.01), restarts=20, pairs=3)
    for cell in _epochs(found):
        assert cell.effects == 60
        # Two processes of 1 % each, and 5 turns of 0.4 %: sqrt(2) * sqrt(1² + 0.4² * 1.2² / 5) = 1.45 %.
        assert cell.spread == pytest.approx(0.0145, rel=0.25)
    assert {cell.batch_size for cell in _epochs(found)} == {16, 32, 64}


def test_what_can_be_found_grows_with_the_noise_and_with_the_tolerance(calibrate: Any) -> None:
    calm, noisy = (_epochs(calibrate(SimulatedSides(process=size)))[0] for size in (0.002, 0.02))
    assert 0 < calm.noise_floor < noisy.noise_floor
    assert calm.detectable > calm.noise_floor
    assert calm.detectable > 0.01


def test_identical_sides_are_counted_that_were_called_different(calibrate: Any) -> None:
    found = calibrate(SimulatedSides(process=0.005), restarts=6, pairs=4)
    assert found.comparisons == 4 * len(CELLS)
    assert 0 <= found.false_alarms <= 3
    assert found.false_alarms / found.comparisons < found.false_alarm_bound < 1


def test_each_restart_has_the_share_of_the_budget_that_an_upgrades_has(calibrate: Any) -> None:
    machine = SimulatedSides()
    calibrate(machine, restarts=3, pairs=2, budget_seconds=32.0)
    # Twice the sides take twice the time for as many turns.
    expected = 2 * 3 * 32.0 / DEFAULT_LOOKS[-1]
    assert [plan.budget_seconds for _, plan in machine.asked] == pytest.approx([expected] * 3)
    assert len({plan.seed for _, plan in machine.asked}) == 3


def test_a_worker_that_can_not_go_on_is_an_error(calibrate: Any) -> None:
    machine = SimulatedSides(stopped={1: Sweep((), FACTS, "killed by signal 9")})
    with pytest.raises(BatchmarkError, match="could not go on: killed by signal 9"):
        calibrate(machine)


def test_ctrl_c_leaves_no_half_of_a_calibration(calibrate: Any) -> None:
    machine = SimulatedSides(stopped={1: Sweep((), FACTS, "interrupted by Ctrl-C", interrupted=True)})
    with pytest.raises(KeyboardInterrupt):
        calibrate(machine)


def test_the_report_says_what_can_be_found_and_how_often_it_was_wrong(calibrate: Any) -> None:
    found = calibrate(SimulatedSides(process=0.005))
    text = render_calibration(found)
    assert all(len(line) <= 112 for line in text.splitlines())
    said = " ".join(text.split())
    assert f"{found.false_alarms} of {found.comparisons} identical seconds per epoch" in said
    assert "--budget 60s" in said
    assert "overhead_per_step fit all" in said


def test_every_round_can_be_kept(calibrate: Any) -> None:
    kept: dict[Cell, Any] = {}
    machine = SimulatedSides(turns=3)
    calibrate(machine, restarts=2, pairs=2, keep=kept.__setitem__)
    assert list(kept) == list(CELLS)
    for trace in kept.values():
        assert TRACE.taken(TRACE.stored(trace)) == trace
        restarts = trace.seconds_per_visit
        assert len(restarts) == 2 * 2
        for restart in restarts:
            assert [list(turn) for turn in restart.baseline] == [[0]] * 3
            assert [list(turn) for turn in restart.candidate] == [[1]] * 3


def test_the_sides_of_a_pair_alternate_with_each_other_alone(calibrate: Any) -> None:
    machine = SimulatedSides()
    calibrate(machine, restarts=2, pairs=2)
    assert machine.apart == [[["baseline 1", "candidate 1"], ["baseline 2", "candidate 2"]]] * 2


def _fails_at_32(_number: int, _side: str, record: CellRecord) -> CellRecord:
    if record.cell.batch_size == 32:
        return replace(record, seconds_per_round=(), status=Status.FAILED, warnings=("out of memory",))
    return record


def test_a_cell_that_can_not_be_measured_is_told_and_the_others_are_there(calibrate: Any) -> None:
    found = calibrate(SimulatedSides(change=_fails_at_32))
    assert {cell.batch_size for cell in _epochs(found)} == {16, 64}
    assert found.warnings == ("mine-32-fit: out of memory",)
    assert "Warning, mine-32-fit: out of memory" in render_calibration(found)


def test_without_any_cell_there_is_no_calibration_but_a_reason(calibrate: Any) -> None:
    def fails(_number: int, _side: str, record: CellRecord) -> CellRecord:
        return replace(record, seconds_per_round=(), status=Status.FAILED, warnings=("no such layer",))

    with pytest.raises(BatchmarkError, match="no cell could be measured: mine-16-fit: no such layer"):
        calibrate(SimulatedSides(change=fails))
