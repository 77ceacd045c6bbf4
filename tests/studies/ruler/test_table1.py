"""Table 1 end to end, by workers made of recorded answers, down to the printed text and the pictures."""

import math
from dataclasses import dataclass
from typing import Any, Self

import pytest

from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst
from batchmark.measurement.protocol.request import Request
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.report.table1 import render_table1
from batchmark.studies.ruler.paper import TABLE_1
from batchmark.studies.ruler.table1 import Table1, run_table1
from batchmark.trainings import ALL_AT_ONCE, Trainings, Way
from fake_worker import FakeWorker, opened

_EPOCHS = 4
_FACTS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "device": "CPU", "device_count": 1}


@dataclass(frozen=True)
class _Stop:
    """What ends the trainings at this batch size and above."""

    at: int
    error: BaseException


class _Worker(FakeWorker):
    """Quality rises with the batch size and differs by seed; an epoch takes a millisecond a step."""

    def __init__(
        self, started: list[Self], *, diverging: frozenset[int] = frozenset(), stop: _Stop | None = None
    ) -> None:
        super().__init__(before=self._note)
        self._stop = stop
        self._diverging = diverging
        started.append(self)
        self.on(requests.Facts, lambda _: dict(_FACTS))
        self.on(requests.Train, self._train)
        self.on(requests.FindWay, lambda _: Way(ALL_AT_ONCE))
        self.on(requests.HandOver, lambda _: None)
        self.on(requests.Open, lambda request: opened(warm_epoch_seconds=_epoch(request.cell)))
        self.on(requests.RunBurst, lambda request: Burst((_epoch(request.cell),) * request.rounds, diverged=False))
        self.on(requests.WatchWaiting, lambda _: None)

    @property
    def rates(self) -> dict[int, float | None]:
        return {request.batch_size: request.learning_rate for request in self.asked_for(requests.Train)}

    def _note(self, _: Request[Any]) -> None:
        assert not self.killed.is_set()

    def _train(self, request: requests.Train) -> Trainings:
        size, seeds = request.batch_size, request.seeds
        assert request.epochs == 200
        if self._stop and size >= self._stop.at:
            raise self._stop.error
        quality = tuple(0.8 + size / 20_000 + seed / 1_000 for seed in seeds)
        loss = tuple(math.nan if size in self._diverging and seed == 0 else 0.4 + seed / 1_000 for seed in seeds)
        return Trainings(
            workload="blobs",
            batch_size=size,
            learning_rate=request.learning_rate,
            seeds=tuple(seeds),
            training_loss=tuple((value,) * _EPOCHS for value in loss),
            training_quality=tuple((value,) * _EPOCHS for value in quality),
            validation_loss=tuple((value,) * _EPOCHS for value in loss),
            validation_quality=tuple((value,) * _EPOCHS for value in quality),
            fresh_loss=loss,
            fresh_quality=quality,
            method="stacked",
        )


def _epoch(cell: Cell) -> float:
    return 1e-3 * math.ceil(500 / cell.batch_size)


def _run(
    *, same: bool = False, diverging: frozenset[int] = frozenset(), stop: _Stop | None = None
) -> tuple[Table1, list[_Worker]]:
    started: list[_Worker] = []
    table = run_table1(
        seeds=5,
        same_learning_rate=same,
        progress=silent,
        start_worker=lambda: _Worker(started, diverging=diverging, stop=stop),
    )
    return table, started


def test_the_rows_are_the_papers_with_our_means_over_seeds() -> None:
    table, _ = _run()
    assert [row.paper for row in table.rows] == list(TABLE_1)
    full = table.rows[0].quality
    assert full
    assert full.validation_accuracy.value == pytest.approx(0.825 + 0.002)
    assert full.validation_accuracy.n == 5
    assert full.validation_accuracy.low is not None
    assert full.validation_accuracy.low < full.validation_accuracy.value


def test_the_ratio_to_full_batch_is_the_steps_ratio_on_a_machine_where_only_steps_cost() -> None:
    table, _ = _run()
    ratios = {row.paper.batch_size: row.ratio_to_full_batch for row in table.rows}
    assert ratios[500] is not None
    assert ratios[500].value == pytest.approx(1)
    assert ratios[1] is not None
    assert ratios[1].value == pytest.approx(500)


@pytest.mark.parametrize(("same", "rate"), [(False, 0.001), (True, 0.01)])
def test_the_learning_rate_of_batch_size_1_is_the_papers_or_the_same(rate: float, *, same: bool) -> None:
    _, started = _run(same=same)
    rates = {size: found for worker in started for size, found in worker.rates.items()}
    assert rates.pop(1) == rate
    assert set(rates.values()) == {0.01}
    assert len(rates) == 9


def test_a_diverged_seed_is_counted_and_left_out_of_the_means() -> None:
    table, _ = _run(diverging=frozenset({2}))
    (row,) = [row for row in table.rows if row.paper.batch_size == 2]
    assert row.quality
    assert row.quality.diverged_seeds == 1
    assert row.quality.validation_loss.value == pytest.approx(0.4 + 0.0025)
    assert "Batch size 2: 1 of 5 seeds diverged" in render_table1(table)


def test_the_text_sets_the_papers_columns_beside_ours() -> None:
    table, _ = _run()
    lines = render_table1(table).splitlines()
    assert all(len(line) <= 80 for line in lines)
    (loss,) = [line.split() for line in lines if line.startswith("SGD")]
    assert loss[:5] == ["SGD", "1", "0.001", "0.4574", "0.4020"]
    accuracy, seconds = [line.split() for line in lines if line.startswith("    1  ")]
    assert accuracy[:3] == ["1", "0.824", "0.8021"]
    # Where an epoch takes 500 times as long, the paper's seconds in all have no room.
    assert seconds[:3] == ["1", "1514.6", "500.0"]


def test_the_note_names_the_columns_as_they_stand() -> None:
    text = render_table1(_run()[0])
    assert "fresh_acc" not in text
    assert text.count("fresh accuracy") == 2


_STOPS = [(KeyboardInterrupt(), "interrupted by Ctrl-C"), (WorkerDiedError("killed by 9"), "killed by 9")]


@pytest.mark.parametrize(("error", "why"), _STOPS)
def test_what_was_trained_before_ctrl_c_or_a_death_is_shown(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, why: str
) -> None:
    # With one core there is one worker, and what it has finished is certain.
    monkeypatch.setattr("batchmark.studies.ruler.table1.host_facts", lambda: {"cores": 1})
    table, started = _run(stop=_Stop(8, error))
    done = {row.paper.batch_size for row in table.rows if row.quality}
    assert done == {1, 2, 4}
    assert table.stopped == why
    assert all(worker.killed.is_set() for worker in started)
    text = render_table1(table)
    assert f"Not finished: {why}." in text
    lines = text.splitlines()
    assert [line.split()[4] for line in lines if line.startswith("SGD")] == ["0.4020"]
    assert sum(line.startswith(("BGD", "  500  ")) and line.endswith("not measured") for line in lines) == 3
    assert sum(line.startswith("    1  ") and line.endswith("not measured") for line in lines) == 1


@pytest.mark.parametrize(("error", "why"), _STOPS)
def test_without_one_batch_size_trained_there_is_no_table(error: BaseException, why: str) -> None:
    with pytest.raises(type(error)):
        _run(stop=_Stop(1, error))


def test_a_batch_size_that_cannot_be_trained_is_an_error_and_no_stop() -> None:
    with pytest.raises(TrainingError, match="no memory"):
        _run(stop=_Stop(500, TrainingError("no memory")))
