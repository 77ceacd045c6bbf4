"""Rules by which a claim's number becomes a verdict, stated before the data: an interval against bounds."""

import math
from enum import StrEnum

from scipy.stats import binom

from batchmark.records import Estimate


class Ruling(StrEnum):
    """What an interval says."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"


def above(estimate: Estimate, bound: float, *, refuted_within: float | None = None) -> Ruling:
    """Rule on "it is above `bound`": confirmed by an interval wholly above, refuted by one wholly below.

    `refuted_within`: also by one that lies wholly within so much of `bound`, on either side: it is too little to
    matter, and so an effect that isn't there. It comes before confirmation.
    """
    low, high = _ends(estimate)
    if refuted_within is not None and bound - refuted_within < low and high < bound + refuted_within:
        return Ruling.REFUTED
    if low > bound:
        return Ruling.CONFIRMED
    return Ruling.REFUTED if high < bound else Ruling.INCONCLUSIVE


def below(estimate: Estimate, bound: float, *, refuted_within: float | None = None) -> Ruling:
    """Rule on "it is below `bound`": as `above` does, turned round."""
    low, high = _ends(estimate)
    if refuted_within is not None and bound - refuted_within < low and high < bound + refuted_within:
        return Ruling.REFUTED
    if high < bound:
        return Ruling.CONFIRMED
    return Ruling.REFUTED if low > bound else Ruling.INCONCLUSIVE


def within(estimate: Estimate, low: float, high: float) -> Ruling:
    """Rule on "it is the same": confirmed by an interval wholly inside `low` to `high`, refuted by one outside.

    Source: Schuirmann 1987, doi 10.1007/BF01068419 (two one-sided tests, as an interval).
    """
    begin, end = _ends(estimate)
    if low < begin and end < high:
        return Ruling.CONFIRMED
    return Ruling.REFUTED if end < low or begin > high else Ruling.INCONCLUSIVE


def level_for(conditions: int, confidence: float = 0.95) -> float:
    """Return the level that each of so many intervals needs for all to hold together at `confidence` (Bonferroni)."""
    if conditions < 1:
        message = f"{conditions} conditions; expected at least 1"
        raise ValueError(message)
    return 1 - (1 - confidence) / conditions


def by_chance(claims: int, confidence: float = 0.95) -> tuple[float, int]:
    """Return how many verdicts of `claims` would come out wrong by chance: expected, and at most, at 95 %.

    As far as each claim's intervals hold at `confidence`, and as if the claims were independent; those that share
    trainings are not, which widens the second and leaves the first.
    """
    error = 1 - confidence
    return claims * error, int(binom.ppf(0.95, claims, error))


def _ends(estimate: Estimate) -> tuple[float, float]:
    """Return an interval's ends; without one it reaches everywhere."""
    low, high = estimate.low, estimate.high
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return -math.inf, math.inf
    return low, high
