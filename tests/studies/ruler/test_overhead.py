"""The overhead study, with recorded turns."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from batchmark.errors import BatchmarkError, WorkerDiedError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import CallsPerEpoch, OverheadTurn
from batchmark.progress import silent
from batchmark.report.overhead import render_overhead
from batchmark.studies.ruler.overhead import Overhead, run_overhead
from batchmark.workloads import find_workload
from fake_worker import FakeWorker


def _worker(
    odd: Mapping[int, OverheadTurn] | None = None, stop_at: int | None = None, error: BaseException | None = None
) -> FakeWorker:
    """Return a worker that ends at the turn `stop_at`, and whose `odd` turns are these."""

    def turn(request: requests.TakeOverheadTurn) -> OverheadTurn:
        assert (request.short, request.long) == (1, 41)
        assert stop_at is None or request.seed <= stop_at, "asked after it was interrupted"
        if request.seed == stop_at and error:
            raise error
        # A machine that gets slower all the time: only the pairing sees the 1 %.
        bare = 0.02 * (1 + request.seed)
        return (odd or {}).get(request.seed, OverheadTurn(harnessed=1.01 * bare, bare_slope=bare))

    def calls(request: requests.CountCalls) -> CallsPerEpoch:
        assert (request.workload, request.batch_size) == ("blobs", 500)
        return CallsPerEpoch(bare=3681.0, harnessed=3737.0)

    return (
        FakeWorker()
        .on(requests.Facts, lambda _: {"tensorflow": "2.21.0", "device": "CPU"})
        .on(requests.BoundaryCost, lambda _: 12e-6)
        .on(requests.CountCalls, calls)
        .on(requests.TakeOverheadTurn, turn)
    )


def _run(turns: int = 20, epochs: int = 40, **how: Any) -> Overhead:
    worker = _worker(**how)
    found = run_overhead(
        find_workload("blobs"), 500, turns=turns, epochs=epochs, progress=silent, start_worker=lambda: worker
    )
    if found.stopped:
        assert worker.names[-1] == "overhead_turn", "asked after it was interrupted"
    return found


def test_the_ratio_is_paired_turn_by_turn() -> None:
    result = _run()
    assert result.ratio.value == pytest.approx(1.01)
    assert result.ratio.lies_within(1.0099, 1.0101)
    assert result.ratio.n == 20


def test_the_text_has_the_ratio_the_turns_and_the_work_per_round() -> None:
    text = " ".join(render_overhead(_run()).split())
    assert "1.0100 [1.0100, 1.0100] at 95 % (20 interleaved turns)" in text
    assert "12.0 µs" in text
    assert "3,681 bare, 3,737 harnessed" in text


def test_too_few_turns_have_no_interval_and_say_so() -> None:
    assert "too few turns" in render_overhead(_run(turns=3))


@pytest.mark.parametrize(("turns", "epochs"), [(0, 40), (5, 1)])
def test_a_study_without_a_slope_is_refused(turns: int, epochs: int) -> None:
    with pytest.raises(BatchmarkError, match="give no slope"):
        _run(turns=turns, epochs=epochs)


@pytest.mark.parametrize(
    "odd",
    [
        OverheadTurn(harnessed=0.02, bare_slope=0.0),
        OverheadTurn(harnessed=0.02, bare_slope=-1e-4),
        OverheadTurn(harnessed=0.02, bare_slope=math.nan),
        OverheadTurn(harnessed=0.0, bare_slope=0.02),
        OverheadTurn(harnessed=math.inf, bare_slope=0.02),
    ],
)
def test_a_turn_without_a_slope_is_left_out_and_counted(odd: OverheadTurn) -> None:
    result = _run(odd={3: odd, 8: odd})
    assert result.ratio.value == pytest.approx(1.01)
    assert (result.ratio.n, result.turns_left_out) == (18, 2)
    assert "Turns left out, as noise outweighed their epochs: 2" in render_overhead(result)
    assert "left out" not in render_overhead(_run())


def test_a_study_whose_turns_all_lack_a_slope_is_one_error() -> None:
    odd = OverheadTurn(harnessed=0.02, bare_slope=-1e-4)
    with pytest.raises(BatchmarkError, match="more --epochs"):
        _run(turns=2, odd={0: odd, 1: odd})


@pytest.mark.parametrize(
    ("error", "why"), [(KeyboardInterrupt(), "interrupted by Ctrl-C"), (WorkerDiedError("killed by 9"), "killed by 9")]
)
def test_the_turns_done_before_ctrl_c_or_a_death_give_the_result(error: BaseException, why: str) -> None:
    result = _run(stop_at=12, error=error)
    assert result.ratio.value == pytest.approx(1.01)
    assert (result.ratio.n, result.stopped) == (12, why)
    assert f"Not finished: {why}." in render_overhead(result)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), WorkerDiedError("killed by 9")])
def test_without_a_turn_there_is_no_result(error: BaseException) -> None:
    with pytest.raises(type(error)):
        _run(stop_at=0, error=error)
