"""Whether a machine is noisier than it was.

Source: for the ratio of two variances, Snedecor 1934, Calculation and Interpretation of Analysis of Variance (F test).
"""

from scipy.special import fdtrc

_MOST_BY_CHANCE = 0.001


def is_larger_spread(spread: float, values: int, before: float, values_before: int) -> bool:
    """Whether a standard deviation of `values` values is larger than one of `values_before`, by more than chance.

    Chance is one in a thousand for normal values, as a warning is given for each of many cells; heavier tails give it
    somewhat more often. `before` is about a mean that was known, `spread` about the values' own. NaN is not larger.
    """
    if not spread > before or values <= 1 or values_before < 1:
        return False
    return before == 0 or float(fdtrc(values - 1, values_before, (spread / before) ** 2)) < _MOST_BY_CHANCE
