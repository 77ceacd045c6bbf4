import math

from batchmark.records import Estimate
from batchmark.studies.claims.told import in_a_row, percent, told


def test_an_interval_stands_behind_its_value() -> None:
    assert told(Estimate(13.61, 12.99, 17.95, 0.95, 6), ".1f", " ×") == "13.6 × [13.0, 17.9]"


def test_too_few_values_are_said() -> None:
    assert told(Estimate(0.5, None, None, 0.95, 3), ".2f") == "0.50 (no interval from 3)"


def test_an_end_may_be_infinite() -> None:
    assert told(Estimate(0.5, -math.inf, math.inf, 0.95, 9), ".2f") == "0.50 [-∞, ∞]"
    assert told(Estimate(-math.inf, -math.inf, 0.1, 0.95, 9), ".2f") == "-∞ [-∞, 0.10]"


def test_what_is_not_known_is_not_told_as_a_number() -> None:
    assert told(Estimate(math.nan, None, None, 0.95, 0), ".2f", " ×") == "not known (no interval from 0)"
    assert told(Estimate(math.nan, math.nan, 0.1, 0.95, 9), ".2f") == "not known [not known, 0.10]"


def test_items_are_enumerated() -> None:
    assert [in_a_row([1]), in_a_row([1, 2]), in_a_row([1, 2, 3])] == ["1", "1 and 2", "1, 2 and 3"]


def test_a_share_is_in_per_cent() -> None:
    assert [percent(0.02), percent(0.14, signed=True)] == ["2 %", "+14 %"]
