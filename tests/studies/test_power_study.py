"""Planted slow-downs, over simulated sides: what is found of them, and what is kept of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from batchmark.analysis.looks import LooksDesign
from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError, StoredFileError
from batchmark.progress import silent
from batchmark.report.power import render_power
from batchmark.studies.power_study import PowerPlan, Run, append_run, evaluate, read_runs, run_once, settled
from batchmark.studies.sweep import Sweep
from batchmark.workloads.slowed import SLOWED
from simulated_sides import FACTS, SimulatedSides

SHARES = {32: 0.0, 40: 0.0, 48: 0.01, 56: 0.04}
PLAN = PowerPlan(SHARES, budget_seconds=16.0, looks=(4, 6, 8))


def _run(monkeypatch: pytest.MonkeyPatch, number: int, **how: Any) -> tuple[Run, list[dict[str, Any]]]:
    """Return a run on a machine whose candidate is slower by what is planted."""
    slower = {size: 1 + share for size, share in SHARES.items()}
    machine = SimulatedSides(slower=slower, process=0.003, seed=number, **how)
    asked: list[dict[str, Any]] = []

    def measured(sides: Mapping[str, Any], *arguments: Any, **options: Any) -> dict[str, Sweep]:
        asked.append({name: start.keywords["environment"] for name, start in sides.items()})
        return machine(sides, *arguments, **options)

    monkeypatch.setattr("batchmark.studies.power_study.run_sides", measured)
    return run_once(PLAN, number=number, progress=silent), asked


def test_what_is_planted_is_found_and_what_is_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {each.share: each for each in evaluate([_run(monkeypatch, number)[0] for number in range(10)])}
    assert {share: each.cells for share, each in found.items()} == {0.0: 20, 0.01: 10, 0.04: 10}
    assert found[0.04].significant[Verdict.REGRESSED] == 10
    assert found[0.04].beyond_tolerance[Verdict.REGRESSED] == 10
    # 20 identical cells at 1 % each: more than 2 have a probability of 0.1 %.
    assert found[0.0].significant[Verdict.UNCHANGED] == 0
    assert found[0.0].significant[Verdict.REGRESSED] + found[0.0].significant[Verdict.IMPROVED] <= 2
    assert found[0.0].beyond_tolerance[Verdict.UNCHANGED] >= 15
    assert 0.002 < found[0.0].spread < 0.008
    assert found[0.0].stored_spread > 2 * found[0.0].spread


def test_the_slow_downs_are_planted_into_the_candidate_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run, asked = _run(monkeypatch, 0)
    assert len(asked) == 8 + 2
    assert all(SLOWED not in sides["baseline"] for sides in asked if "baseline" in sides)
    assert {sides["candidate"][SLOWED] for sides in asked if "candidate" in sides} == {"32:0.0,40:0.0,48:0.01,56:0.04"}
    # One side after the other, at the end.
    assert [list(sides) for sides in asked[-2:]] == [["baseline"], ["candidate"]]
    assert {size: len(effects) for size, effects in run.effects.items()} == dict.fromkeys(SHARES, 8)


def test_a_verdict_is_sought_look_by_look() -> None:
    design = LooksDesign(family=1, looks=(4, 6, 8))
    clear = [0.05, 0.051, 0.049, 0.05, 9.0, 9.0, 9.0, 9.0]
    assert settled(clear, design, tolerance=0.0) == (Verdict.REGRESSED, 4)
    assert settled([-0.05, 0.05] * 4, design, tolerance=0.0) == (Verdict.INCONCLUSIVE, 8)


def test_runs_are_kept_a_line_each_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs"
    assert read_runs(path) == ()
    runs = tuple(_run(monkeypatch, number)[0] for number in range(2))
    for run in runs:
        append_run(run, path)
    assert read_runs(path) == runs
    assert "2 runs of 4 cells" in render_power(runs, evaluate(runs), tolerance=0.01)
    assert all(len(line) <= 112 for line in render_power(runs, evaluate(runs), tolerance=0.01).splitlines())


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    path.write_text("{}\n")
    with pytest.raises(StoredFileError, match="holds no runs of batchmark power"):
        read_runs(path)


def test_a_side_that_can_not_go_on_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchmarkError, match="the candidate could not go on: killed"):
        _run(monkeypatch, 0, stopped={2: Sweep((), FACTS, "killed")})
