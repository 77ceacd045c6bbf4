"""The grammar of a way of training: what it means, what is refused and where, and that it is printed as it is read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.errors import BatchmarkError
from batchmark.written.schedules import (
    HalfLife,
    ScheduleError,
    WrittenPhase,
    WrittenSchedule,
    parse_schedule,
)

COUNTS = st.integers(1, 999_999_999)
RATES = st.floats(1e-20, 1e15, allow_nan=False)
SHARES = st.floats(0, 1, exclude_max=True, allow_subnormal=False).filter(lambda value: value == 0 or value > 1e-20)
PHASES = st.builds(WrittenPhase, COUNTS, st.none() | COUNTS, st.none() | RATES)
SCHEDULES = st.builds(
    WrittenSchedule,
    st.lists(PHASES, min_size=1, max_size=5).map(tuple),
    st.none() | st.integers(2, 999_999_999),
    st.none() | SHARES,
    st.none() | SHARES | st.builds(HalfLife, RATES, st.sampled_from(["tokens", "examples"])),
)
WORDS = st.lists(
    st.sampled_from(
        [
            "batch",
            "rate",
            "for",
            "epochs",
            ";",
            "32",
            ".01",
            "-1",
            "1e999",
            "beta_2",
            "half-life",
            "tokens",
            "é",
            "\x1f",
        ]
    )
).map(" ".join)


@given(SCHEDULES)
def test_what_is_printed_is_read_as_the_same(schedule: WrittenSchedule) -> None:
    read = parse_schedule(str(schedule), "--against")
    assert read == schedule
    assert str(read) == str(schedule)


@given(st.text() | WORDS)
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    refused = _refused(text)
    assert refused is None or (refused.startswith("--against, at ") and refused.isprintable())


def _refused(text: str) -> str | None:
    try:
        assert parse_schedule(text, "--against").phases
    except ScheduleError as error:
        return str(error)
    return None


def test_phases_take_over_what_they_do_not_change() -> None:
    assert parse_schedule("batch 32 rate .01 for 10 epochs; batch 160 for 5 epochs", "").phases == (
        WrittenPhase(10, 32, 0.01),
        WrittenPhase(5, 160),
    )
    assert parse_schedule("for 1 epoch;rate 2e-3 for 5 epochs", "").phases == (
        WrittenPhase(1),
        WrittenPhase(5, rate=0.002),
    )


def test_what_stands_in_a_phase_stands_in_any_order() -> None:
    expected = WrittenSchedule((WrittenPhase(10, 32, 0.01),), 4, 0.95, 0.98)
    for text in (
        "batch 32 rate .01 accumulate 4 momentum .95 beta_2 .98 for 10 epochs",
        "  beta_2 0.98 momentum 0.950 rate 1e-2\naccumulate 4 batch 32 for 10 epochs ",
    ):
        assert parse_schedule(text, "") == expected


@pytest.mark.parametrize(("unit", "amount"), [("tokens", 100_000.0), ("examples", 12.5)])
def test_a_half_life_has_an_amount_and_a_unit(unit: str, amount: float) -> None:
    assert parse_schedule(f"beta_2 half-life {amount:g} {unit} for 1 epoch", "").beta_2 == HalfLife(amount, unit)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", "at the end in ''", "batch, rate"),
        (
            "batch 32 rte .01 for 10 epochs",
            "at character 10, 'rte'",
            "batch, rate, accumulate, momentum, beta_2 or for",
        ),
        ("batch 32 rate .01", "at the end in", "batch, rate, accumulate, momentum, beta_2 or for"),
        ("batch 32 for 10", "at the end in", "epochs"),
        ("batch 32 for 10 epochs;", "at the end in", "batch, rate or for"),
        ("batch 32 for 10 epochs;; for 1 epoch", "at character 24, ';'", "batch, rate or for"),
        ("batch 32 for 10 epochs rate .1", "at character 24, 'rate'", "a semicolon, or the end"),
        ("batch 0 for 10 epochs", "at character 7, '0'", "a batch size"),
        ("batch -3 for 10 epochs", "at character 7, '-3'", "a batch size"),
        ("batch 32.5 for 10 epochs", "at character 7, '32.5'", "a batch size"),
        ("rate 0 for 1 epoch", "at character 6, '0'", "a learning rate above 0"),
        ("rate nan for 1 epoch", "at character 6, 'nan'", "a learning rate above 0"),
        ("rate 1e999 for 1 epoch", "at character 6, '1e999'", "a learning rate above 0"),
        ("rate 1e-999 for 1 epoch", "at character 6, '1e-999'", "a learning rate above 0"),
        ("rate .1 rate .2 for 1 epoch", "at character 9, 'rate'", "rate once a phase"),
        ("momentum 1 for 1 epoch", "at character 10, '1'", "a momentum from 0 to below 1"),
        ("beta_2 1 for 1 epoch", "at character 8, '1'", "β₂ from 0 to below 1"),
        ("accumulate 1 for 1 epoch", "at character 12, '1'", "a number of batches, from 2"),
        ("for 1 epoch; momentum .9 for 1 epoch", "at character 14, 'momentum'", "momentum in the first phase"),
        ("beta_2 half-life 5 steps for 1 epoch", "at character 20, 'steps'", "tokens or examples"),
        ("beta_2 half-life 0 tokens for 1 epoch", "at character 18, '0'", "an amount above 0"),
        ("für 1 epoch", "at character 1, 'f\\xfcr'", "batch, rate"),
    ],
)
def test_what_is_refused_says_where_and_what_is_expected(text: str, place: str, expected: str) -> None:
    with pytest.raises(BatchmarkError) as refused:
        parse_schedule(text, "--compare")
    said = str(refused.value)
    assert said.startswith(f"--compare, {place}")
    assert f"expected {expected}" in said
    assert said.endswith('as in "batch 32 rate .01 for 10 epochs; rate .002 for 5 epochs"')


def test_a_long_text_is_shown_around_the_place() -> None:
    text = "; ".join(["batch 32 rate .01 for 10 epochs"] * 50) + "; banana"
    with pytest.raises(ScheduleError) as refused:
        parse_schedule(text, "--against")
    assert len(str(refused.value)) < 250
    assert f"at character {text.index('banana') + 1}, 'banana' in '....01 for 10 epochs; banana'" in str(refused.value)


def test_a_rate_is_finite() -> None:
    assert math.isfinite(parse_schedule("rate 1e308 for 1 epoch", "").phases[0].rate or math.nan)
