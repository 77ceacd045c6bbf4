"""The work of two sides, counted by processes that answer by a script."""

from collections.abc import Callable, Mapping

import pytest

from batchmark.comparison import ComparedCell, Part, Policy, Verdict
from batchmark.counters import Counter, Counters
from batchmark.errors import TrainingError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Opened
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.studies.live.counted import compare_counters
from fake_worker import FakeWorker

PYTHON = "cProfile, Python 3.11"
LOOPS = {Cell("mine", size, "fit"): "fit" for size in (32, 64)}
Count = Callable[[int], Counters]
"""Takes a batch size."""


def _calls(*values: float, by: str = PYTHON) -> Counters:
    return Counters({"calls_per_epoch": Counter(values, by)})


def _worker(count: Count) -> FakeWorker:
    opened = Opened(1, 500, "fit", 1.0, 0.1, 0.01, diverged=False)
    worker = FakeWorker().on(requests.Open, lambda _: opened)
    return worker.on(requests.CountWork, lambda request: count(request.cell.batch_size))


def _compare(
    baseline: Count,
    candidate: Count,
    *,
    tolerances: Mapping[str, float | None] | None = None,
) -> list[ComparedCell]:
    sides = {"baseline": lambda: _worker(baseline), "candidate": lambda: _worker(candidate)}
    policy = Policy({} if tolerances is None else tolerances)
    return list(compare_counters(dict.fromkeys(sides, LOOPS), sides, level=0.95, policy=policy, progress=silent))


def test_counts_that_are_alike_are_unchanged_to_the_last_one() -> None:
    cells = _compare(lambda _: _calls(900, 900, 900), lambda _: _calls(900, 900), tolerances={"calls_per_epoch": 0.0})
    assert [(cell.batch_size, cell.verdict, cell.effect, cell.interval) for cell in cells] == [
        (size, Verdict.UNCHANGED, 1.0, (1.0, 1.0)) for size in (32, 64)
    ]
    assert {(cell.rounds, cell.restarts, cell.warnings) for cell in cells} == {(2, 1, ())}


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(901, Verdict.REGRESSED), (909, Verdict.REGRESSED), (899, Verdict.IMPROVED)],
)
def test_a_single_call_more_is_a_change_where_none_is_tolerated(count: int, verdict: Verdict) -> None:
    cells = _compare(lambda _: _calls(900), lambda _: _calls(count), tolerances={"calls_per_epoch": 0.0})
    assert {cell.verdict for cell in cells} == {verdict}


def test_a_tolerance_is_heeded() -> None:
    cells = _compare(lambda _: _calls(900), lambda _: _calls(905), tolerances={"calls_per_epoch": 0.01})
    assert {cell.verdict for cell in cells} == {Verdict.UNCHANGED}


def test_without_a_tolerance_it_is_told_and_counts_for_nothing() -> None:
    (cell, _) = _compare(lambda _: _calls(100), lambda _: _calls(300))
    assert not cell.counts
    assert cell.effect == pytest.approx(3.0)


def test_epochs_that_count_differently_settle_nothing_within_what_they_differ_by() -> None:
    cells = _compare(
        lambda _: _calls(900, 910, 905), lambda _: _calls(908, 912, 909), tolerances={"calls_per_epoch": 0.0}
    )
    assert {cell.verdict for cell in cells} == {Verdict.INCONCLUSIVE}
    assert all("don't all count alike" in cell.warnings[0] for cell in cells)
    far = _compare(lambda _: _calls(900, 910), lambda _: _calls(1900, 1910), tolerances={"calls_per_epoch": 0.0})
    assert {cell.verdict for cell in far} == {Verdict.REGRESSED}


def test_what_another_python_counted_is_named_and_not_compared() -> None:
    cells = _compare(
        lambda _: _calls(900),
        lambda _: _calls(700, by="cProfile, Python 3.12"),
        tolerances={"calls_per_epoch": 0.0},
    )
    for cell in cells:
        assert (cell.baseline, cell.candidate, cell.effect) == (900, 700, None)
        assert cell.verdict is Verdict.INCONCLUSIVE
        assert cell.warnings == (
            "not comparable: cProfile, Python 3.11 counted at the baseline, cProfile, Python 3.12 at the candidate",
        )


def test_a_profiler_that_is_missing_on_one_side_is_said() -> None:
    def without(_size: int) -> Counters:
        return Counters({}, {"calls_per_epoch": "No module named '_lsprof'"})

    (cell, _) = _compare(lambda _: _calls(900), without)
    assert (cell.baseline, cell.candidate, cell.effect) == (900, None, None)
    assert cell.warnings == ("not counted at the candidate: No module named '_lsprof'",)


def test_what_neither_side_has_is_not_spoken_of_unless_it_is_judged() -> None:
    assert _compare(lambda _: Counters({}), lambda _: Counters({})) == []
    cells = _compare(lambda _: Counters({}), lambda _: Counters({}), tolerances={"calls_per_epoch": 0.0})
    assert {cell.verdict for cell in cells} == {Verdict.INCONCLUSIVE}


def test_a_side_that_fails_at_one_batch_size_is_asked_for_the_next() -> None:
    def fails_at_32(size: int) -> Counters:
        if size == 32:
            message = "no such layer"
            raise TrainingError(message)
        return _calls(900)

    cells = {
        cell.batch_size: cell
        for cell in _compare(lambda _: _calls(900), fails_at_32)
        if cell.metric == "calls_per_epoch"
    }
    assert cells[32].warnings == ("not counted at the candidate: no such layer",)
    assert cells[64].effect == 1.0


def test_nothing_against_something_has_no_ratio_and_nothing_twice_is_alike() -> None:
    (cell, _) = _compare(lambda _: _calls(0), lambda _: _calls(0), tolerances={"calls_per_epoch": 0.0})
    assert (cell.effect, cell.verdict) == (1.0, Verdict.UNCHANGED)
    (cell, _) = _compare(lambda _: _calls(0), lambda _: _calls(5), tolerances={"calls_per_epoch": 0.0})
    assert (cell.effect, cell.verdict) == (None, Verdict.REGRESSED)
    assert cell.warnings == ("there is none of it at the baseline",)
    (cell, _) = _compare(lambda _: _calls(0), lambda _: _calls(5))
    assert (cell.effect, cell.verdict) == (None, Verdict.INCONCLUSIVE)


def test_retracings_are_a_difference() -> None:
    def traced(times: float) -> Count:
        return lambda _: Counters({"retracings_per_epoch": Counter((times,), PYTHON)})

    (cell, _) = _compare(traced(0), traced(2), tolerances={"retracings_per_epoch": 0.5})
    assert (cell.effect, cell.verdict) == (2.0, Verdict.REGRESSED)


def test_a_cell_that_one_side_could_not_measure_is_not_counted() -> None:
    loops = {"baseline": LOOPS, "candidate": {Cell("mine", 32, "fit"): "fit"}}
    sides = {name: lambda: _worker(lambda _: _calls(900)) for name in loops}
    found = compare_counters(loops, sides, level=0.95, policy=Policy({}), progress=silent)
    assert [cell.batch_size for cell in found] == [32]


def _made_of(**parts: float) -> Count:
    return lambda _: Counters({"calls_per_epoch": Counter((sum(parts.values()),), PYTHON, parts)})


def test_the_parts_that_differ_most_come_first_and_those_that_are_alike_not_at_all() -> None:
    (cell, _) = _compare(_made_of(keras=500, numpy=100, mine=7), _made_of(keras=510, numpy=100, tensorflow=300))
    assert cell.parts == (Part("tensorflow", 0, 300), Part("keras", 500, 510), Part("mine", 7, 0))


def test_a_program_is_the_same_where_its_digest_is() -> None:
    def program(digest: str) -> Count:
        return lambda _: Counters({"instructions_per_step": Counter((50,), "XLA", digest=digest)})

    told = [_compare(program("a"), program(other))[0].is_same_program for other in ("a", "b", "")]
    assert told == [True, False, None]


def test_parts_that_another_counted_are_not_held_against_each_other() -> None:
    def of_another(_size: int) -> Counters:
        return Counters({"calls_per_epoch": Counter((9,), "cProfile, Python 3.12", {"keras": 9})})

    (cell, _) = _compare(_made_of(keras=500), of_another)
    assert cell.parts == ()


class _ByProcess:
    """Counts that hang on the process alone, as with an order that is drawn at its start."""

    def __init__(self, *values: float) -> None:
        self._values = list(values)
        self.processes = 0

    def start(self) -> FakeWorker:
        """Return a process."""
        value = self._values[self.processes % len(self._values)]
        self.processes += 1
        return _worker(lambda _: _calls(value))


def test_what_hangs_on_a_process_alone_is_no_difference_of_two_sides() -> None:
    baseline, candidate = _ByProcess(13_672, 13_812), _ByProcess(13_812, 13_700)
    sides = {"baseline": baseline.start, "candidate": candidate.start}
    policy = Policy({"calls_per_epoch": 0.0})
    cells = list(compare_counters(dict.fromkeys(sides, LOOPS), sides, level=0.95, policy=policy, progress=silent))
    assert {cell.verdict for cell in cells} == {Verdict.INCONCLUSIVE}
    assert {cell.restarts for cell in cells} == {2}
    assert all("don't all count alike" in cell.warnings[0] for cell in cells)


def test_what_differs_is_counted_by_other_processes_once_more_and_what_is_alike_is_not() -> None:
    for other, processes in ((900, 1), (901, 2)):
        baseline, candidate = _ByProcess(900), _ByProcess(other)
        sides = {"baseline": baseline.start, "candidate": candidate.start}
        policy = Policy({"calls_per_epoch": 0.0})
        cells = list(compare_counters(dict.fromkeys(sides, LOOPS), sides, level=0.95, policy=policy, progress=silent))
        assert (baseline.processes, candidate.processes) == (processes, processes)
        assert {cell.verdict for cell in cells} == {Verdict.UNCHANGED if other == 900 else Verdict.REGRESSED}


def test_what_fails_on_both_sides_is_said_though_nobody_judges_it() -> None:
    def fails(_size: int) -> Counters:
        return Counters({}, {"calls_per_epoch": "ValueError: Another profiling tool is already active"})

    (cell, _) = _compare(fails, fails)
    assert len(cell.warnings) == 2
    assert all("Another profiling tool" in warning for warning in cell.warnings)
