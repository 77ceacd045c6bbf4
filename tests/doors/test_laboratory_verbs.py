"""How a verb goes on asking: what comes next, what makes it surer, and until when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from batchmark.course import constant
from batchmark.doors import laboratory_verbs
from batchmark.doors.laboratory_verbs import Put, put
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.workload import Description
from claim_results_made import followed
from questions_asked import QuestionBench


def _arm(size: int) -> Arm:
    return Arm("blobs", constant(size, epochs=2), 3)


@dataclass(frozen=True)
class _Design:
    workload: Description

    @property
    def parts(self) -> Sequence[Part]:
        return [_arm(1)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(laboratory_verbs, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def _world(clock: list[float], *, late_at: float = 1e9, seconds: float = 10.0) -> Callable[[Part], object]:
    """Each part takes so many seconds; later than `late_at` a laboratory begins nothing."""

    def answer(part: Part) -> object:
        assert isinstance(part, Arm)
        if clock[0] >= late_at:
            return "the budget was spent before it"
        clock[0] += seconds
        return followed(part, 0.8)

    return answer


def _sizes(results: Results) -> list[int]:
    return sorted(part.course.phases[0].batch_size for part in results.obtained if isinstance(part, Arm))


def _put(bench: QuestionBench, monkeypatch: pytest.MonkeyPatch, **how: object) -> Put[_Design]:
    bench.stands_in(monkeypatch)
    return put("blobs", _Design, keep=None, **{"budget": None, **how})  # type: ignore[arg-type]


def _then(results: Results, _: _Design) -> list[Part]:
    """Return 10 times each size that was trained, up to 1,000."""
    return [_arm(10 * size) for size in _sizes(results) if 10 * size <= 1_000]


def _surer(results: Results, _: _Design) -> list[Part]:
    """Return one more than the most that isn't of ten, without end."""
    return [_arm(max(size for size in _sizes(results) if size % 10 or size == 1) + 1)]


def test_what_comes_next_is_asked_for_until_nothing_does(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    found = _put(QuestionBench(_world(clock)), monkeypatch, then=_then)  # type: ignore[arg-type]
    assert _sizes(found.results) == [1, 10, 100, 1000]
    assert found.is_whole


def test_what_makes_it_surer_ends_with_its_time_and_what_is_too_late_is_not_missing(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = QuestionBench(_world(clock, late_at=100.0))  # type: ignore[arg-type]
    found = _put(bench, monkeypatch, then=_then, surer=_surer, seconds_for_surer=100.0)
    assert found.is_whole
    assert clock[0] == 100.0
    assert len(_sizes(found.results)) == 10


def test_a_budget_goes_before_that_time(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    bench = QuestionBench(_world(clock, late_at=60.0))  # type: ignore[arg-type]
    found = _put(bench, monkeypatch, then=_then, surer=_surer, seconds_for_surer=900.0, budget=60.0)
    assert clock[0] == 60.0
    assert found.is_whole


def test_what_it_takes_is_missing_where_the_budget_ends_before_it(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = QuestionBench(_world(clock, late_at=20.0))  # type: ignore[arg-type]
    found = _put(bench, monkeypatch, then=_then, surer=_surer, seconds_for_surer=900.0, budget=20.0)
    assert _sizes(found.results) == [1, 10]
    assert list(found.results.missing) == [_arm(100)]
    assert not found.is_whole


def test_a_stop_ends_it_all_and_what_would_come_next_is_missing(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = QuestionBench(_world(clock))  # type: ignore[arg-type]
    bench.stopped = "stopped by Ctrl-C"
    found = _put(bench, monkeypatch, then=_then, surer=_surer, seconds_for_surer=900.0)
    assert _sizes(found.results) == [1]
    assert found.results.missing == {_arm(10): "stopped by Ctrl-C"}
