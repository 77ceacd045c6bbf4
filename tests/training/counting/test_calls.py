"""Calls an epoch are exact: what a run has beyond a shorter one, whatever its set-up and the collector do."""

import gc
import queue
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from batchmark.training.counting.calls import by_cprofile, by_setprofile, count_calls


def _step() -> None:
    len("")


def _train(steps: int, *, setup: int = 7) -> Callable[[int], None]:
    def run(epochs: int) -> None:
        for _ in range(setup):
            abs(-1)
        for _ in range(epochs * steps):
            _step()

    return run


def test_an_epochs_calls_are_counted_one_by_one_and_the_calls_set_up_is_not() -> None:
    calls = count_calls(_train(50), epoch_seconds=0.001)
    assert calls.by_epoch == (100, 100, 100)
    by_name = {function.name: count for function, count in calls.by_function.items()}
    assert by_name == {"_step": 50.0, "<built-in method builtins.len>": 50.0}
    (step,) = [function for function in calls.by_function if function.name == "_step"]
    assert step.file == __file__
    assert step.line == _step.__code__.co_firstlineno


def test_one_call_more_in_a_hundred_is_seen() -> None:
    fewer, more = (count_calls(_train(steps), epoch_seconds=0.001).by_epoch for steps in (100, 101))
    assert {later - earlier for earlier, later in zip(fewer, more, strict=True)} == {2}


@pytest.mark.parametrize(("epoch_seconds", "epochs"), [(0.01, 3), (0.3, 2), (5.0, 1)])
def test_longer_epochs_are_counted_fewer_times(epoch_seconds: float, epochs: int) -> None:
    assert len(count_calls(_train(3), epoch_seconds=epoch_seconds).by_epoch) == epochs


def test_an_epoch_that_calls_more_each_time_shows_it() -> None:
    done = 0

    def run(epochs: int) -> None:
        nonlocal done
        for _ in range(epochs):
            done += 1
            for _ in range(done):
                _step()

    assert len(set(count_calls(run, epoch_seconds=0.001).by_epoch)) > 1


class _Finalized:
    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        _step()


def test_garbage_that_is_collected_now_and_then_is_in_no_epoch() -> None:
    def run(epochs: int) -> None:
        for _ in range(epochs * 300):
            _Finalized()

    was_enabled = gc.isenabled()
    threshold = gc.get_threshold()
    gc.set_threshold(100)
    try:
        assert count_calls(run, epoch_seconds=0.001).by_epoch == (300, 300, 300)
    finally:
        gc.set_threshold(*threshold)
    assert gc.isenabled() is was_enabled


def test_where_an_object_lies_is_no_part_of_a_name() -> None:
    def run(epochs: int) -> None:
        for _ in range(epochs):
            # A new object each time: its method is another one, of the same name.
            iter([1]).__length_hint__()  # type: ignore[attr-defined]  # typeshed hides it

    calls = count_calls(run, epoch_seconds=0.001)
    assert not any("0x" in function.name for function in calls.by_function)


def test_locks_and_queues_are_left_out() -> None:
    waiting: queue.Queue[int] = queue.Queue()
    lock = threading.Lock()

    def run(epochs: int) -> None:
        for _ in range(epochs):
            with lock:
                waiting.put(1)
            _step()

    by_name = {each.name for each in count_calls(run, epoch_seconds=0.001).by_function}
    assert "_step" in by_name
    assert not any("lock" in name.lower() or "Queue.put" in name for name in by_name)


def test_what_training_raises_is_raised_and_the_collector_runs_again() -> None:
    def run(_epochs: int) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        count_calls(run, epoch_seconds=0.001)
    assert gc.isenabled()


def test_both_ways_of_counting_count_the_same() -> None:
    def run() -> None:
        for _ in range(20):
            _step()
            sorted([3, 1]).append(2)

    by_either = [
        {getattr(code, "co_name", code): count for code, count in by(run)} for by in (by_cprofile, by_setprofile)
    ]
    for counted in by_either:
        assert counted["_step"] == 20
        assert counted["<built-in method builtins.len>"] == counted["<built-in method builtins.sorted>"] == 20
        assert counted["<method 'append' of 'list' objects>"] == 20


def test_what_another_thread_calls_meanwhile_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchmark.training.counting.calls._ITS_THREAD_ALONE", False)
    ended = threading.Event()

    def busy() -> None:
        while not ended.is_set():
            _elsewhere()

    thread = threading.Thread(target=busy, daemon=True)
    thread.start()
    try:
        calls = count_calls(_train(50), epoch_seconds=0.001)
    finally:
        ended.set()
        thread.join()
    assert calls.by_epoch == (100, 100, 100)


def _elsewhere() -> None:
    pass


def test_what_a_file_of_the_user_s_is_called_is_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "queue.py"
    file.write_text("def put():\n    pass\n")
    names: dict[str, Callable[[], None]] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102  a user's file

    def run(epochs: int) -> None:
        for _ in range(10 * epochs):
            names["put"]()

    assert count_calls(run, epoch_seconds=0.001).by_epoch == (10, 10, 10)
