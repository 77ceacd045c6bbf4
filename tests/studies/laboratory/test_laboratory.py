"""Parts obtained by workers made of recorded answers: kept, chosen, stopped."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchmark.course import Asked, constant
from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.machine_memory import MachineMemory
from batchmark.measurement.protocol import requests
from batchmark.progress import silent
from batchmark.studies.laboratory import laboratory as laboratory_module
from batchmark.studies.laboratory.kept import Shelf, default_folder
from batchmark.studies.laboratory.laboratory import Laboratory
from batchmark.studies.laboratory.parts import Arm, Chosen, Fits, Fitting, Part, Timed, Timing, Tuned
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.trainings import Followed
from fake_worker import FakeWorker

FACTS: dict[str, object] = {"tensorflow": "2.21.0", "keras_backend": "tensorflow", "device": "CPU", "numpy": "2.4.6"}
SMALL = Arm("blobs", constant(8, epochs=2, learning_rate=0.01), seeds=3)
LARGE = Arm("blobs", constant(64, epochs=2, learning_rate=0.01), seeds=3)
BEST = 0.02


def trained(asked: Asked) -> Followed:
    """The loss is least at the rate 0.02; seed 1 diverges above 0.1."""
    rate = asked.course.phases[0].learning_rate or 0.0
    loss = tuple(
        math.nan if seed == 1 and rate > 0.1 else 1.0 + abs(math.log(rate / BEST)) + seed / 100 for seed in asked.seeds
    )
    curves = tuple((each, each) for each in loss)
    return Followed(
        seeds=asked.seeds,
        steps=(1, 2),
        examples=(500, 1000),
        training_loss=curves,
        validation_loss=curves,
        validation_quality=curves,
        fresh_loss=loss,
        fresh_quality=tuple(-each for each in loss),
        observed={"distance": tuple((math.nan, 2.5) for _ in loss)},
        method="stacked",
        seconds=0.25,
    )


class _Workers:
    def __init__(self, answer: Callable[[Asked], Followed] = trained, facts: dict[str, object] | None = None) -> None:
        self.started: list[FakeWorker] = []
        self._answer = answer
        self._facts = {**FACTS, **(facts or {})}

    def start(self) -> FakeWorker:
        worker = FakeWorker()
        worker.on(requests.Facts, lambda _: dict(self._facts))
        worker.on(requests.Follow, lambda request: self._answer(request.asked))
        self.started.append(worker)
        return worker

    @property
    def asked(self) -> list[Asked]:
        return [request.asked for worker in self.started for request in worker.asked_for(requests.Follow)]


@contextmanager
def _laboratory(folder: Path, workers: _Workers, count: int = 1) -> Iterator[Laboratory]:
    with Laboratory(folder, progress=silent, workers=count, start_worker=workers.start) as laboratory:
        yield laboratory


def _obtained(folder: Path, workers: _Workers, *parts: Part, count: int = 1, budget: float | None = None) -> Results:
    with _laboratory(folder, workers, count) as laboratory:
        return laboratory.obtain(parts, budget_seconds=budget)


def test_a_part_is_trained_once_and_then_read_back_as_it_was(tmp_path: Path) -> None:
    first, second = _Workers(), _Workers()
    found = _obtained(tmp_path, first, SMALL, LARGE, SMALL)
    again = _obtained(tmp_path, second, SMALL, LARGE)
    assert len(first.asked) == 2
    assert second.asked == []
    assert repr(again.of(SMALL)) == repr(found.of(SMALL)) == repr(trained(SMALL.asked))
    assert all(worker.closed for worker in first.started)


@pytest.mark.parametrize(
    ("changed", "arm"),
    [
        ({"numpy": "2.5.0"}, SMALL),
        ({"device": "GPU"}, SMALL),
        ({}, Arm("blobs", SMALL.course, seeds=3, first_seed=1)),
        ({}, Arm("blobs", SMALL.course, seeds=3, settings=(("momentum", 0.5),))),
        ({}, Arm("blobs-8000", SMALL.course, seeds=3)),
    ],
)
def test_whatever_changes_a_result_has_it_trained_anew(changed: dict[str, object], arm: Arm, tmp_path: Path) -> None:
    _obtained(tmp_path, _Workers(), SMALL)
    workers = _Workers(facts=changed)
    _obtained(tmp_path, workers, arm)
    assert workers.asked == [arm.asked]


def test_a_users_own_code_is_part_of_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.syspath_prepend(own)
    (own / "mine_for_the_shelf.py").write_text("MINE = 1\n", encoding="utf-8")
    arm = Arm("mine_for_the_shelf:MINE", SMALL.course, seeds=3)
    Shelf(tmp_path / "kept", FACTS).keep(arm, trained(arm.asked))
    assert Shelf(tmp_path / "kept", FACTS).arm(arm) is not None
    (own / "beside.py").write_text("OTHER = 2\n", encoding="utf-8")
    assert Shelf(tmp_path / "kept", FACTS).arm(arm) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "another", "part": 1, "obtained": {}}'])
def test_a_file_that_cannot_be_read_is_trained_anew(content: str, tmp_path: Path) -> None:
    _obtained(tmp_path, _Workers(), SMALL)
    (kept,) = tmp_path.glob("*.json")
    kept.write_text(content, encoding="utf-8")
    workers = _Workers()
    assert _obtained(tmp_path, workers, SMALL).of(SMALL).seeds
    assert len(workers.asked) == 1


def test_a_rate_is_chosen_on_seeds_that_are_not_judged(tmp_path: Path) -> None:
    tuned = Tuned(SMALL, factors=(0.5, 1.0, 2.0, 4.0), tuning_seeds=2)
    workers = _Workers()
    chosen = _obtained(tmp_path, workers, tuned).of_tuned(tuned)
    assert (chosen.factor, chosen.is_at_edge) == (2.0, False)
    assert chosen.followed.seeds == (0, 1, 2)
    assert [asked.seeds for asked in workers.asked] == [(3, 4)] * 4 + [(0, 1, 2)]
    assert len(chosen.losses) == 4
    assert min(chosen.losses) == chosen.losses[2]


def test_a_diverged_seed_is_the_worst_that_a_rate_can_come_to(tmp_path: Path) -> None:
    arm = Arm("blobs", SMALL.course, seeds=1)

    def answer(asked: Asked) -> Followed:
        found = trained(asked)
        best = asked.course.phases[0].learning_rate == BEST
        return found if not best or asked.seeds == (0,) else Followed(**{**vars(found), "fresh_loss": (math.nan, 0.0)})

    tuned = Tuned(arm, factors=(1.0, 2.0), tuning_seeds=2)
    chosen = _obtained(tmp_path, _Workers(answer), tuned).of_tuned(tuned)
    assert (chosen.factor, chosen.losses[1]) == (1.0, math.inf)
    assert chosen.is_at_edge


def test_what_cannot_be_trained_is_missing_with_its_reason_and_ends_nothing_else(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Followed:
        if asked.course.phases[0].batch_size == 8:
            message = "mine.py:3: no"
            raise TrainingError(message)
        return trained(asked)

    tuned = Tuned(SMALL, (0.5, 1.0), 2)
    found = _obtained(tmp_path, _Workers(answer), SMALL, tuned, LARGE)
    assert found.of(LARGE).seeds
    for part in (SMALL, tuned):
        with pytest.raises(MissingPartError, match=r"mine\.py:3: no"):
            found.of(part) if isinstance(part, Arm) else found.of_tuned(part)
    assert found.stopped is None


def test_an_arm_that_kills_its_worker_is_missing_and_the_others_are_trained(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Followed:
        if asked.course.phases[0].batch_size == 64:
            message = "the worker was killed"
            raise WorkerDiedError(message)
        return trained(asked)

    workers = _Workers(answer)
    later = Arm("blobs", constant(16, epochs=2, learning_rate=0.01), seeds=3)
    found = _obtained(tmp_path, workers, LARGE, SMALL, later)
    assert (found.missing, found.stopped) == ({LARGE: "the worker was killed"}, None)
    assert set(found.obtained) == {SMALL, later}
    assert len(workers.started) == 2


def test_the_third_worker_that_dies_ends_it(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Followed:
        message = f"killed at {asked.course.phases[0].batch_size}"
        raise WorkerDiedError(message)

    arms = [Arm("blobs", constant(size, epochs=2, learning_rate=0.01), seeds=3) for size in (1, 2, 4, 8)]
    found = _obtained(tmp_path, _Workers(answer), *arms)
    assert found.stopped == "killed at 4"
    assert list(found.missing.values()) == ["killed at 1", "killed at 2", "killed at 4", "killed at 4"]


@pytest.mark.parametrize(("available", "workers"), [(30, 1), (10, 2)])
def test_a_worker_that_trained_much_makes_room_where_memory_is_short(
    available: int, workers: int, tmp_path: Path
) -> None:
    started = _Workers()
    arms = [Arm("blobs", constant(size, epochs=2, learning_rate=0.01), seeds=3) for size in range(1, 13)]
    with Laboratory(
        tmp_path,
        progress=silent,
        workers=1,
        start_worker=started.start,
        memory=lambda: MachineMemory(total=100, available=available),
    ) as laboratory:
        results = laboratory.obtain(arms)
    assert not results.missing
    assert len(started.started) == workers
    trained = [len(worker.asked_for(requests.Follow)) for worker in started.started]
    assert trained == ([12] if workers == 1 else [8, 4])
    assert all(worker.closed for worker in started.started)


def test_what_was_finished_before_a_stop_is_there_and_kept(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Followed:
        if asked.course.phases[0].batch_size == 64:
            raise KeyboardInterrupt
        return trained(asked)

    found = _obtained(tmp_path, _Workers(answer), SMALL, LARGE)
    assert found.of(SMALL).seeds
    assert found.stopped == found.missing[LARGE]
    assert found.stopped
    later = _Workers()
    _obtained(tmp_path, later, SMALL, LARGE)
    assert later.asked == [LARGE.asked]


def test_a_budget_that_is_spent_begins_nothing_more_and_says_so(tmp_path: Path) -> None:
    workers = _Workers()
    found = _obtained(tmp_path, workers, SMALL, budget=0.0)
    assert workers.asked == []
    assert found.missing == {SMALL: "the budget was spent before it"}
    _obtained(tmp_path, _Workers(), SMALL)
    assert _obtained(tmp_path, workers, SMALL, budget=0.0).of(SMALL).seeds, "what is kept takes no time"


def test_two_workers_train_side_by_side(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=20)

    def answer(asked: Asked) -> Followed:
        both.wait()
        return trained(asked)

    workers = _Workers(answer)
    found = _obtained(tmp_path, workers, SMALL, LARGE, count=2)
    assert set(found.obtained) == {SMALL, LARGE}
    assert len(workers.started) == 2


def test_how_many_parts_were_there_before_is_said(tmp_path: Path) -> None:
    _obtained(tmp_path, _Workers(), SMALL)
    told: list[str] = []

    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append(f"{phase} {done}/{of} {detail}")

    with Laboratory(tmp_path, progress=progress, workers=1, start_worker=_Workers().start) as laboratory:
        laboratory.obtain([SMALL, LARGE])
    assert told[-1].endswith("blobs at 64, 3 seeds (1 of 1 parts done, 1 kept from before)")


def test_epoch_times_are_kept_and_read_back(tmp_path: Path) -> None:
    timing = Timing("blobs", (8, 32))
    shelf = Shelf(tmp_path, FACTS)
    shelf.keep(timing, Timed((), {"cores": 2}))
    assert Shelf(tmp_path, FACTS | {"load_at_start": [3.0]}).timing(timing) == Timed((), {"cores": 2})
    assert shelf.timing(Timing("blobs", (8, 32), turns=5)) is None


def test_what_has_no_rate_cannot_be_tuned() -> None:
    with pytest.raises(ValueError, match="a learning rate in each phase"):
        Tuned(Arm("blobs", constant(8, epochs=2), seeds=3), (1.0,), 1)


def test_parts_are_kept_in_the_users_cache() -> None:
    assert default_folder().name == "laboratory"


def test_a_chosen_part_says_what_it_chose(tmp_path: Path) -> None:
    found = _obtained(tmp_path, _Workers(), Tuned(SMALL, (1.0,), 1))
    (chosen,) = found.obtained.values()
    assert isinstance(chosen, Chosen)
    assert chosen.is_at_edge


def test_what_fits_is_kept_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = Fitting("blobs", 0.1, 500, 20)
    fits = Fits(500, True, 500, 20, 20, 1 << 30, None)
    asked: list[Fitting] = []

    def find(fitting: Fitting, *_: object, **how: object) -> Fits:
        asked.append(fitting)
        assert how["backend"] == "tensorflow"
        return fits

    monkeypatch.setattr(laboratory_module, "find_fits", find)
    assert _obtained(tmp_path, _Workers(), part).of_fitting(part) == fits
    assert _obtained(tmp_path, _Workers(), part).of_fitting(part) == fits
    assert asked == [part]
    with pytest.raises(MissingPartError):
        _obtained(tmp_path, _Workers(), SMALL).of_fitting(part)


def test_what_can_not_be_fitted_is_missing_and_ends_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(*_: object, **__: object) -> Fits:
        message = "a memory limit that can't be"
        raise TrainingError(message)

    monkeypatch.setattr(laboratory_module, "find_fits", find)
    part = Fitting("blobs", 0.1, 500, 20)
    results = _obtained(tmp_path, _Workers(), part, SMALL)
    assert results.missing == {part: "a memory limit that can't be"}
    assert results.of(SMALL).method == "stacked"
