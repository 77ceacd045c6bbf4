"""The overhead study, with recorded turns."""

from collections.abc import Mapping
from typing import Any, Self

import pytest

from batchmark.errors import BatchmarkError
from batchmark.measurement.protocol import OverheadTurn
from batchmark.progress import silent
from batchmark.report.overhead import render_overhead
from batchmark.studies.overhead import Overhead, run_overhead
from batchmark.workloads import find_workload


class _Worker:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def request(self, method: str, _: Any, params: Mapping[str, Any] | None = None) -> Any:
        match method:
            case "facts":
                return {"tensorflow": "2.21.0", "device": "CPU"}
            case "boundary_cost":
                return 12e-6
            case "overhead_turn":
                assert params
                assert (params["short"], params["long"]) == (1, 41)
                # A machine that gets slower all the time: only the pairing sees the 1 %.
                bare = 0.02 * (1 + params["seed"])
                return OverheadTurn(harnessed=1.01 * bare, bare_slope=bare)
            case _:
                pytest.fail(f"unexpected request {method}")


def _run(turns: int = 20, epochs: int = 40) -> Overhead:
    start: Any = _Worker
    return run_overhead(find_workload("blobs"), 500, turns=turns, epochs=epochs, progress=silent, start_worker=start)


def test_the_ratio_is_paired_turn_by_turn() -> None:
    result = _run()
    assert result.ratio.value == pytest.approx(1.01)
    assert result.ratio.lies_within(1.0099, 1.0101)
    assert result.ratio.n == 20


def test_the_text_has_the_ratio_the_turns_and_the_work_per_round() -> None:
    text = render_overhead(_run())
    assert "1.0100 [1.0100, 1.0100] at 95 % (20 interleaved turns)" in text
    assert "12.0 µs" in text


def test_too_few_turns_have_no_interval_and_say_so() -> None:
    assert "too few turns" in render_overhead(_run(turns=3))


@pytest.mark.parametrize(("turns", "epochs"), [(0, 40), (5, 1)])
def test_a_study_without_a_slope_is_refused(turns: int, epochs: int) -> None:
    with pytest.raises(BatchmarkError, match="give no slope"):
        _run(turns=turns, epochs=epochs)
