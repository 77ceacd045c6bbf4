"""Workers that another thread may end."""

import threading

import pytest

from batchmark.measurement.live_workers import LiveWorkers
from fake_worker import FakeWorker


def test_all_that_were_started_are_ended_and_none_is_started_after_that() -> None:
    live = LiveWorkers()
    workers = [FakeWorker(), FakeWorker()]
    waiting = iter(workers)
    assert [live.start(lambda: next(waiting)) for _ in workers] == workers
    live.end()
    assert all(worker.killed.is_set() for worker in workers)
    with pytest.raises(KeyboardInterrupt):
        live.start(FakeWorker)


def test_one_that_is_being_started_meanwhile_is_ended_too() -> None:
    live = LiveWorkers()
    worker = FakeWorker()
    is_starting, may_go_on = threading.Event(), threading.Event()

    def slowly() -> FakeWorker:
        is_starting.set()
        assert may_go_on.wait(60)
        return worker

    starting = threading.Thread(target=live.start, args=(slowly,))
    starting.start()
    assert is_starting.wait(60)
    ending = threading.Thread(target=live.end)
    ending.start()
    may_go_on.set()
    for thread in (starting, ending):
        thread.join(60)
    assert worker.killed.is_set()
