import math

import pytest

from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.slopes import rises


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.002, 0.004, Answer.CONFIRMED),
        (0.0005, 0.004, Answer.CONFIRMED),
        (0.0001, 0.0009, Answer.REFUTED),
        (-0.0009, 0.0009, Answer.REFUTED),
        (-0.004, -0.002, Answer.REFUTED),
        (-math.inf, -math.inf, Answer.REFUTED),
        (-0.0005, 0.004, Answer.INCONCLUSIVE),
        (-math.inf, 0.004, Answer.INCONCLUSIVE),
        (None, None, Answer.INCONCLUSIVE),
    ],
)
def test_a_slope_rises_where_its_interval_says_so(low: float | None, high: float | None, answer: Answer) -> None:
    assert rises(Estimate(0.0, low, high, 0.95, 100), matters=0.001) is answer
