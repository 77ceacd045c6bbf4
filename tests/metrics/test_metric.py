"""What a metric reads of a record."""

from statistics import fmean

import pytest

from batchmark.metrics import table
from batchmark.metrics.metric import Effect, Metric, Unit
from batchmark.metrics.reading import ByRound, Instrument
from synthetic import record_of

RECORD = record_of(
    32,
    [[0.2, 0.4], [0.1, 0.3]],
    peak_host_bytes=700,
    instruments={"page_faults_per_epoch": ((0.0, 40.0), (0.0, 0.0))},
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seconds_per_epoch", 0.25),
        ("first_epoch_seconds", 1.25),
        ("peak_bytes", 700),
        ("page_faults_per_epoch", 10.0),
        ("processor_seconds_per_epoch", None),
        ("overhead_per_step", None),
        ("quality", None),
    ],
)
def test_a_record_says_in_one_number_what_it_knows_of_a_metric(name: str, value: float | None) -> None:
    assert table.named(name).value(RECORD) == pytest.approx(value)


def test_a_turn_is_its_median_round_and_of_a_count_its_mean() -> None:
    assert table.named("seconds_per_epoch").by_turn(RECORD) == pytest.approx((0.3, 0.2))
    assert table.named("page_faults_per_epoch").by_turn(RECORD) == (20.0, 0.0)


def test_what_was_not_measured_has_no_rounds() -> None:
    assert table.named("processor_seconds_per_epoch").rounds(RECORD) == ()
    assert table.named("peak_bytes").by_turn(RECORD) == ()


def test_memory_is_compared_in_the_first_way_that_both_sides_have() -> None:
    peak = table.named("peak_bytes")
    on_gpu = record_of(32, [[0.2]], peak_host_bytes=700, peak_device_bytes=90)
    assert peak.alike([on_gpu, on_gpu], [on_gpu]) == ((90, 90), (90,))
    assert peak.alike([on_gpu, on_gpu], [RECORD]) == ((700, 700), (700,))
    assert peak.alike([on_gpu], [record_of(32, [[0.2]])]) == ((), ())
    assert peak.alike([], [on_gpu]) == ((), ())


def test_a_ratio_needs_to_say_what_two_runs_differ_by() -> None:
    known = {"name": "x", "label": "x", "title": "x", "unit": Unit.COUNT, "reading": Instrument(lambda: None)}
    with pytest.raises(ValueError, match="x is a ratio and doesn't say what two runs of the same thing differ by"):
        Metric(**known)  # type: ignore[arg-type]
    assert Metric(**known, effect=Effect.DIFFERENCE, summary=fmean).is_optional  # type: ignore[arg-type]


def test_rounds_of_ones_own_are_read_from_the_record() -> None:
    steps = Metric(
        name="seconds_per_step",
        label="step",
        title="seconds per step",
        unit=Unit.SECONDS,
        reading=ByRound(lambda record: tuple(tuple(s / 16 for s in turn) for turn in record.seconds_per_round)),
        between_runs=0.1,
    )
    assert steps.value(RECORD) == pytest.approx(0.25 / 16)
