"""The peak memory of two sides, over processes that answer by a script."""

import threading
from collections.abc import Callable, Mapping

import pytest

from batchmark.comparison import ComparedCell, Policy, Verdict
from batchmark.errors import TrainingError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Probed
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.memory import PROBES, compare_memory
from fake_worker import FakeWorker
from synthetic import record_of

MIB = 1 << 20
RECORDS = [record_of(size, [[0.1]], cell=Cell("mine", size, "fit")) for size in (32, 64)]


Peak = Callable[[int, int], Probed]
"""Takes a batch size and a seed."""


def _worker(peak: Peak) -> FakeWorker:
    return FakeWorker().on(requests.Probe, lambda request: peak(request.cell.batch_size, request.seed))


def _compare(baseline: Peak, candidate: Peak, *, tolerance: float | None = 0.05) -> list[ComparedCell]:
    records: Mapping[str, list[CellRecord]] = {"baseline": RECORDS, "candidate": RECORDS}
    sides = {"baseline": lambda: _worker(baseline), "candidate": lambda: _worker(candidate)}
    policy = Policy({"peak_bytes": tolerance})
    return list(compare_memory(records, sides, level=0.99, policy=policy, progress=silent, at_once=1))


def _host(factor: float) -> Peak:
    return lambda size, seed: Probed(int((600 + size) * MIB * factor) + seed * 4096, None, diverged=False)


def test_memory_that_grew_is_a_regression_with_an_interval() -> None:
    cells = _compare(_host(1.0), _host(1.2))
    assert [(cell.metric, cell.batch_size, cell.loop) for cell in cells] == [
        ("peak_bytes", 32, "fit"),
        ("peak_bytes", 64, "fit"),
    ]
    for cell in cells:
        assert cell.verdict is Verdict.REGRESSED
        assert cell.effect == pytest.approx(1.2, rel=1e-3)
        assert cell.interval[0] == pytest.approx(1.2, rel=1e-3)
        assert (cell.rounds, cell.restarts, cell.level) == (PROBES, PROBES, 0.99)


def test_memory_that_stayed_is_unchanged() -> None:
    assert [cell.verdict for cell in _compare(_host(1.0), _host(1.001))] == [Verdict.UNCHANGED] * 2


def test_memory_that_is_not_settled_asks_for_no_restarts() -> None:
    def scattered(size: int, seed: int) -> Probed:
        return Probed(int((600 + size) * MIB * (1 + 0.2 * seed)), None, diverged=False)

    for cell in _compare(_host(1.0), scattered):
        assert cell.verdict is Verdict.INCONCLUSIVE
        assert cell.needed == "another tolerance on peak_bytes (restarts don't measure memory again)"


def test_a_gpus_bytes_that_never_vary_need_no_spread() -> None:
    def device(factor: float) -> Peak:
        return lambda size, _: Probed(9, int(size * MIB * factor), diverged=False)

    cells = _compare(device(1.0), device(1.5))
    for cell in cells:
        assert cell.effect == pytest.approx(1.5)
        assert cell.interval == (cell.effect, cell.effect)


def test_memory_that_one_side_does_not_tell_is_said_to_be_missing() -> None:
    def fails(_size: int, _seed: int) -> Probed:
        message = "no such layer"
        raise TrainingError(message)

    cells = _compare(_host(1.0), fails)
    assert [cell.verdict for cell in cells] == [Verdict.INCONCLUSIVE] * 2
    assert cells[0].effect is None
    assert cells[0].warnings == ("its memory could not be measured on both sides",)


def test_without_a_tolerance_it_is_reported_only() -> None:
    assert not any(cell.counts for cell in _compare(_host(1.0), _host(2.0), tolerance=None))


def test_processes_of_both_sides_run_at_once_even_for_one_cell() -> None:
    both_are_live = threading.Barrier(2, timeout=60)

    def waits_for_the_other(size: int, seed: int) -> Probed:
        # Broken, and an error, where one side's processes wait for the other's.
        both_are_live.wait()
        return _host(1.0)(size, seed)

    sides = {"baseline": lambda: _worker(waits_for_the_other), "candidate": lambda: _worker(waits_for_the_other)}
    records = dict.fromkeys(sides, RECORDS[:1])
    policy = Policy({"peak_bytes": 0.05})
    (cell,) = compare_memory(records, sides, level=0.99, policy=policy, progress=silent, at_once=2)
    assert (cell.verdict, cell.restarts) == (Verdict.UNCHANGED, PROBES)


def test_the_progress_counts_all_processes_and_names_the_side() -> None:
    told: list[tuple[float, float, str]] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        assert phase == "memory"
        told.append((done, of, detail))

    records = {"baseline": RECORDS, "candidate": RECORDS}
    sides = {name: lambda: _worker(_host(1.0)) for name in records}
    list(compare_memory(records, sides, level=0.99, policy=Policy({}), progress=tell, at_once=1))
    assert [done for done, _, _ in told] == list(range(2 * 2 * PROBES + 1))
    assert {of for _, of, _ in told} == {2 * 2 * PROBES}
    assert told[1][2] == f"baseline, 1 of {PROBES}, {RECORDS[0].cell}"
    assert told[-1][2] == f"candidate, {PROBES} of {PROBES}, {RECORDS[-1].cell}"
