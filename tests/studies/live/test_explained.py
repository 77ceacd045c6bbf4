"""What regressed is explained by itself, all by request, one cell of each loop."""

from dataclasses import replace

import pytest

from batchmark.comparison import ComparedCell, Verdict
from batchmark.errors import TrainingError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Opened
from batchmark.profiles import Phase
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.studies.live.explained import cells_to_explain, profile_sides
from fake_worker import FakeWorker
from profiles_made import profile


def _cell(batch_size: int | None, effect: float, verdict: Verdict, *, loop: str = "fit") -> ComparedCell:
    return ComparedCell(
        workload="mine",
        metric="seconds_per_epoch",
        batch_size=batch_size,
        loop=loop,
        baseline=0.1,
        candidate=0.1 * effect,
        effect=effect,
        interval=(effect, effect),
        level=0.95,
        tolerance=0.01,
        verdict=verdict,
        rounds=9,
        restarts=3,
    )


CELLS = [
    _cell(32, 1.2, Verdict.REGRESSED),
    _cell(64, 1.5, Verdict.INCONCLUSIVE),
    replace(_cell(None, 1.3, Verdict.REGRESSED), over=(32, 64)),
    _cell(32, 1.0, Verdict.UNCHANGED, loop="compiled"),
    replace(_cell(32, 9.0, Verdict.REGRESSED, loop="compiled"), metric="peak_bytes"),
]


def test_of_a_loop_that_regressed_the_cell_that_grew_most_is_explained() -> None:
    assert [(cell.batch_size, cell.loop) for cell in cells_to_explain(CELLS, asked=False)] == [(64, "fit")]


def test_all_loops_are_by_request() -> None:
    found = cells_to_explain(CELLS, asked=True)
    assert [(cell.batch_size, cell.loop) for cell in found] == [(64, "fit"), (32, "compiled")]


def test_a_loop_whose_counted_work_regressed_is_explained_too() -> None:
    calls = replace(_cell(32, 1.02, Verdict.REGRESSED, loop="compiled"), metric="calls_per_epoch")
    cells = [_cell(32, 1.0, Verdict.INCONCLUSIVE, loop="compiled"), calls]
    assert [(cell.metric, cell.loop) for cell in cells_to_explain(cells, asked=False)] == [
        ("seconds_per_epoch", "compiled")
    ]
    assert cells_to_explain([cells[0], replace(calls, tolerance=None)], asked=False) == []


def test_a_loop_that_regressed_over_all_sizes_alone_is_explained() -> None:
    pooled = replace(_cell(None, 1.02, Verdict.REGRESSED), over=(32, 64))
    cells = [_cell(32, 1.01, Verdict.INCONCLUSIVE), _cell(64, 1.03, Verdict.INCONCLUSIVE), pooled]
    assert [cell.batch_size for cell in cells_to_explain(cells, asked=False)] == [64]


def _worker(seconds: float) -> FakeWorker:
    opened = Opened(1, 500, "fit", 1.0, 0.1, 0.01, diverged=False)
    found = profile({Phase.PYTHON: {("mine.model:step",): seconds}})
    return FakeWorker().on(requests.Open, lambda _: opened).on(requests.ProfileEpochs, lambda _: found)


def test_both_sides_are_taken_apart_one_after_the_other() -> None:
    wanted = Cell("mine", 32, "fit")
    loops = {"baseline": {wanted: "fit"}, "candidate": {wanted: "compiled:xla"}}
    workers = {"baseline": _worker(0.1), "candidate": _worker(0.3)}
    sides = {name: (lambda name=name: workers[name]) for name in workers}
    found = profile_sides(CELLS[0], loops, sides, progress=silent, seed=3)
    assert found.name == "mine-32-fit"
    assert (found.baseline.seconds_per_epoch, found.candidate.seconds_per_epoch) == (0.1, 0.3)
    for side, worker in workers.items():
        assert worker.closed
        assert worker.asked[0] == requests.Open(wanted, loops[side][wanted], 3, same_learning_rate=False)


def test_a_side_that_can_not_be_taken_apart_raises() -> None:
    def fails(_request: object) -> object:
        message = "no profiler"
        raise TrainingError(message)

    wanted = Cell("mine", 32, "fit")
    loops = {side: {wanted: "fit"} for side in ("baseline", "candidate")}
    worker = _worker(0.1).on(requests.ProfileEpochs, fails)  # type: ignore[arg-type]  # it returns nothing
    with pytest.raises(TrainingError, match="no profiler"):
        profile_sides(CELLS[0], loops, dict.fromkeys(loops, lambda: worker), progress=silent, seed=0)
