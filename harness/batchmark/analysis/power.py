"""What a comparison over restarts can find, and what a count of false alarms says about their rate."""

import math

from scipy.special import betaincinv, nctdtr, nctdtrinc, stdtrit


def detection_power(effect: float, *, spread: float, restarts: int, level: float, tolerance: float = 0.0) -> float:
    """Return the probability that a ratio of 1 + `effect` is called regressed.

    `spread` is the standard deviation of the restarts' effects, a logarithm (`restarts.spread_of_restarts` of identical
    sides); `level` is that of the interval, two-sided; below two restarts the power is 0.

    Source: Johnson and Welch 1940, doi 10.1093/biomet/31.3-4.362 (noncentral t).

    Raises ValueError: `spread` is not above 0, or `level` is not between 0 and 1.
    """
    _check(spread, level)
    if restarts <= 1:
        return 0.0
    shift = (math.log1p(effect) - math.log1p(tolerance)) / (spread / math.sqrt(restarts))
    return 1 - float(nctdtr(restarts - 1, shift, _bound(restarts, level)))


def smallest_detectable_effect(
    *, spread: float, restarts: int, level: float, power: float = 0.9, tolerance: float = 0.0
) -> float | None:
    """Return the slow-down that is called regressed with probability `power`: 0.01 is 1 %; None below two restarts.

    Arguments and source as of `detection_power`.

    Raises ValueError: `spread` is not above 0, or `level` or `power` is not between 0 and 1.
    """
    _check(spread, level)
    if not 0 < power < 1:
        message = f"power {power} is not between 0 and 1"
        raise ValueError(message)
    if restarts <= 1:
        return None
    shift = float(nctdtrinc(restarts - 1, 1 - power, _bound(restarts, level)))
    return math.expm1(math.log1p(tolerance) + shift * spread / math.sqrt(restarts))


def exact_interval(found: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share that was `found` so often in `of`, from 0 to 1: the whole of it where `of` is 0.

    Source: Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404.

    Raises ValueError: not 0 to `of` found, or `level` is not between 0 and 1.
    """
    if not 0 <= found <= of or not 0 < level < 1:
        message = f"{found} of {of} at level {level}; expected no more found, and a level between 0 and 1"
        raise ValueError(message)
    rest = (1 - level) / 2
    low = float(betaincinv(found, of - found + 1, rest)) if found else 0.0
    high = float(betaincinv(found + 1, of - found, 1 - rest)) if found < of else 1.0
    return low, high


def false_alarm_bound(alarms: int, comparisons: int, *, confidence: float = 0.95) -> float:
    """Return the rate of false alarms that `alarms` in `comparisons` of identical sides leave possible.

    It is the upper bound of a one-sided interval: the true rate is above it with a probability of at most
    1 - `confidence`. 0 in 100 give 0.03. Without comparisons it is 1.

    Source: Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404.

    Raises ValueError: not 0 to `comparisons` alarms, or `confidence` is not between 0 and 1.
    """
    if not 0 <= alarms <= comparisons or not 0 < confidence < 1:
        message = f"{alarms} alarms in {comparisons} comparisons at confidence {confidence}; expected no more alarms"
        raise ValueError(message)
    if alarms == comparisons:
        return 1.0
    return float(betaincinv(alarms + 1, comparisons - alarms, confidence))


def _bound(restarts: int, level: float) -> float:
    return float(stdtrit(restarts - 1, (1 + level) / 2))


def _check(spread: float, level: float) -> None:
    if not 0 < spread < math.inf or not 0 < level < 1:
        message = f"spread {spread}, level {level}; expected a spread above 0 and a level in 0 to 1"
        raise ValueError(message)
