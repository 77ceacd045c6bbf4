"""Work that is counted stands in one table: what differs, what is alike, what can't be compared."""

from dataclasses import replace

from batchmark.comparison import ComparedCell, Part, Verdict
from batchmark.report.counters import is_told_with_counters, render_counters


def _cell(metric: str, baseline: float | None, candidate: float | None, *, size: int = 32) -> ComparedCell:
    effect = candidate / baseline if baseline and candidate is not None else None
    return ComparedCell(
        workload="blobs",
        metric=metric,
        batch_size=size,
        loop="fit",
        baseline=baseline,
        candidate=candidate,
        effect=effect,
        interval=(effect, effect),
        level=0.95,
        tolerance=None,
        verdict=Verdict.INCONCLUSIVE,
        rounds=3,
        restarts=1,
    )


CALLS = _cell("calls_per_epoch", 24331, 61022)
OPERATIONS = _cell("operations_per_step", 96, 96)
ELSEWHERE = replace(_cell("flops_per_step", 1000, 2000), effect=None, interval=(None, None), rounds=0)


def test_what_differs_has_a_row_and_the_rest_a_line() -> None:
    (text,) = render_counters([CALLS, OPERATIONS, ELSEWHERE])
    words = " ".join(text.split())
    assert words.startswith("blobs: work that is counted, not judged")
    assert "function calls per epoch fit 32 24,331 61,022 2.508" in words
    assert "Alike on both sides: operations per step." in words
    assert "Not comparable: floating-point operations per step." in words


def test_a_counter_that_differs_at_some_sizes_is_not_told_to_be_alike() -> None:
    (text,) = render_counters([CALLS, _cell("calls_per_epoch", 100, 100, size=64)])
    assert "Alike on both sides: function calls per epoch at 64." in " ".join(text.split())


def test_what_varies_within_a_side_does_not_differ() -> None:
    (text,) = render_counters([replace(CALLS, interval=(0.9, 3.0))])
    assert "Alike" in text


def test_what_is_judged_stands_elsewhere_and_without_counters_there_is_no_block() -> None:
    judged = replace(CALLS, tolerance=0.0, verdict=Verdict.REGRESSED)
    assert not is_told_with_counters(judged)
    assert render_counters([judged, replace(CALLS, metric="seconds_per_epoch")]) == []


def test_each_workload_has_its_block() -> None:
    assert len(render_counters([CALLS, replace(CALLS, workload="mine")])) == 2


def test_what_a_count_is_made_of_is_told_where_it_differs_most() -> None:
    parts = (Part("keras.trainer", 100, 30_000), Part("built-in", 20_000, 27_000))
    small = replace(_cell("calls_per_epoch", 100, 110, size=64), parts=(Part("mine", 0, 10),))
    (text,) = render_counters([replace(CALLS, parts=parts), small, replace(OPERATIONS, parts=parts)])
    words = " ".join(text.split())
    assert "at 32 (blobs, fit), what differs most: keras.trainer 100 → 30,000 and built-in 20,000 → 27,000." in words
    assert "mine" not in words, "it differs less there"
    assert words.count("what differs most") == 1, "of what is alike nothing differs"


def test_what_a_judged_count_is_made_of_is_told_too() -> None:
    judged = replace(CALLS, tolerance=0.0, verdict=Verdict.REGRESSED, parts=(Part("mine", 1, 2),))
    (text,) = render_counters([judged])
    assert text.startswith("blobs: what work that is counted is made of")


def test_it_is_told_at_which_sizes_the_program_is_the_same() -> None:
    program = replace(_cell("instructions_per_step", 50, 50), loop="compiled:xla", is_same_program=True)
    other = replace(program, batch_size=64, is_same_program=False)
    (text,) = render_counters([program, other])
    words = " ".join(text.split())
    assert "is the same on both sides at 32, and another at the candidate at 64." in words
    (text,) = render_counters([replace(other, batch_size=32)])
    assert "same on both" not in text
