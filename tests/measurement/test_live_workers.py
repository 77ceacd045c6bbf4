"""Workers that another thread may end."""

import threading
from typing import Any

import pytest

from batchmark.measurement.live_workers import LiveWorkers


class _Worker:
    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True


def _start(live: LiveWorkers, worker: Any) -> Any:
    return live.start(lambda: worker)


def test_all_that_were_started_are_ended_and_none_is_started_after_that() -> None:
    live = LiveWorkers()
    workers = [_Worker(), _Worker()]
    assert [_start(live, worker) for worker in workers] == workers
    live.end()
    assert all(worker.killed for worker in workers)
    with pytest.raises(KeyboardInterrupt):
        _start(live, _Worker())


def test_one_that_is_being_started_meanwhile_is_ended_too() -> None:
    live = LiveWorkers()
    worker = _Worker()
    is_starting, may_go_on = threading.Event(), threading.Event()

    def slowly() -> Any:
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
    assert worker.killed
