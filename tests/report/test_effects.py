"""Effects of claims as people read them, to infinity and where nothing is known."""

import math

import pytest

from batchmark.records import Estimate
from batchmark.report.effects import deciding, effect, effect_with_interval, in_words, interval, say_levels
from batchmark.studies.claims.claim import Answer, Condition
from claims_tested import estimate_of, finding_of

_INF, _NAN = math.inf, math.nan


def _condition(value: float, low: float | None, high: float | None, unit: str = "") -> Condition:
    return Condition("x", Estimate(value, low, high, 0.95, 30), unit)


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "said"),
    [
        (13.6, 13.0, 18.0, "×", "13.6 × [13.0, 18.0]"),
        (1.0004, 0.9993, 1.0017, "×", "1.0004 × [0.9993, 1.0017]"),
        (0.8123, 0.8120, 0.8126, "", "0.8123 [0.8120, 0.8126]"),
        (-0.0012, -0.0022, -0.0002, "", "-0.0012 [-0.0022, -0.0002]"),
        (0.41, 0.4, 0.43, "nats", "0.410 nats [0.400, 0.430]"),
        (0.00421, 0.0041, 0.00435, "s", "4.21 ms [4.10, 4.35]"),
        (0.0009999, 0.00099, 0.00101, "s", "1.000 ms [0.990, 1.010]"),
        (715e6, 690e6, 734e6, "bytes", "682 MiB [658, 700]"),
        (2.1e8, 1.9e8, 3.0e8, "tokens", "210,000,000 tokens [190,000,000, 300,000,000]"),
        (16, 16, 16, "", "16 [16, 16]"),
        (-0.09375, -0.09375, -0.09375, "", "-0.0938 [-0.0938, -0.0938]"),
        (0.0, 0.0, 0.0, "", "0 [0, 0]"),
    ],
)
def test_a_value_and_its_interval_share_unit_and_decimals(
    value: float, low: float, high: float, unit: str, said: str
) -> None:
    assert effect_with_interval(_condition(value, low, high, unit)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0.0000 [-0.0020, 0.0020]"), (1.2e-6, "0.0000 [-0.0020, 0.0020]"), (-1.2e-6, "0.0000 [-0.0020, 0.0020]")],
)
def test_nothing_within_a_wide_interval_has_no_more_decimals_than_that(value: float, said: str) -> None:
    assert effect_with_interval(_condition(value, -0.002, 0.002)) == said


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (2.5, 1.9, _INF, "2.5 × [1.9, ∞]"),
        (_INF, 3.4, _INF, "∞ [3.40, ∞]"),
        (-_INF, -_INF, -3.4, "-∞ [-∞, -3.40]"),
        (0.4, -_INF, 0.43, "0.400 × [-∞, 0.430]"),
        (0.4, -_INF, _INF, "0.400 × [-∞, ∞]"),
        (_INF, _INF, _INF, "∞ [∞, ∞]"),
    ],
)
def test_what_is_infinite_is_said_to_be(value: float, low: float, high: float, said: str) -> None:
    assert effect_with_interval(_condition(value, low, high, "×")) == said


def test_an_infinite_time_does_not_choose_the_unit_of_its_interval() -> None:
    assert effect_with_interval(_condition(_INF, 0.0041, _INF, "s")) == "∞ [4.10, ∞]"


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.41, None, None, "0.410 (no interval)"),
        (_NAN, None, None, "not known (no interval)"),
        (_NAN, _NAN, _NAN, "not known (no interval)"),
        (0.41, 0.4, _NAN, "0.4100 [0.4000, not known]"),
    ],
)
def test_what_is_not_known_is_said_to_be(value: float, low: float | None, high: float | None, said: str) -> None:
    assert effect_with_interval(_condition(value, low, high)) == said


def test_numbers_of_any_size_have_a_short_form() -> None:
    for exponent in range(-40, 41):
        value = 1.234 * 10.0**exponent
        for low, high in ((0.9 * value, 1.1 * value), (-1e45, 1e45), (0.0, 1e-30)):
            condition = _condition(value, low, high)
            assert len(effect(condition)) <= 12
            assert len(interval(condition)) <= 28
            assert effect(condition) != "-"


@pytest.mark.parametrize("answer", [Answer.CONFIRMED, Answer.REFUTED, Answer.INCONCLUSIVE])
def test_a_verdict_rests_on_the_first_condition_that_has_it(answer: Answer) -> None:
    conditions = tuple(
        Condition(f"{each} {number}", estimate_of(0.1), answer=each)
        for number in (1, 2)
        for each in (Answer.CONFIRMED, Answer.INCONCLUSIVE, Answer.REFUTED)
    )
    found = deciding(finding_of(answer, conditions=(Condition("beside", estimate_of(0.1)), *conditions)))
    assert found is not None
    assert found.what == f"{answer} 1"


def test_a_verdict_without_a_condition_of_its_kind_rests_on_what_was_judged_or_on_nothing() -> None:
    judged = Condition("judged", estimate_of(0.1), answer=Answer.CONFIRMED)
    assert deciding(finding_of(Answer.REFUTED, conditions=(judged,))) is judged
    beside = Condition("beside", estimate_of(0.1))
    assert deciding(finding_of(Answer.INCONCLUSIVE, conditions=(beside,))) is beside
    assert deciding(finding_of(Answer.REFUTED, conditions=())) is None


def test_levels_are_of_what_is_judged_and_estimated() -> None:
    def judged(level: float) -> Condition:
        return Condition("x", estimate_of(0.1, level=level), answer=Answer.CONFIRMED)

    assert say_levels([judged(0.95), Condition("beside", estimate_of(0.1, level=0.5))]) == "95 %"
    assert say_levels([judged(0.99375), judged(0.95), judged(0.97)]) == "95 to 99.38 %"
    # Counted, and with too few seeds.
    assert say_levels([judged(1.0)]) == ""
    assert say_levels([Condition("x", estimate_of(0.1, None), answer=Answer.CONFIRMED)]) == ""
    assert say_levels([]) == ""


def test_a_verdict_begins_a_sentence() -> None:
    assert [in_words(answer) for answer in Answer] == ["Confirmed", "Refuted", "Inconclusive", "Not tested"]
