"""Two counts of failures among as many trials: could chance have dealt them so?

Source: Fisher 1935, doi 10.2307/2342435 (exact test); the tail is the hypergeometric distribution's.
"""

from math import comb


def fisher_tail(more: int, fewer: int, trials: int) -> float:
    """Return the probability that of all failures at least `more` fall to a side that isn't worse.

    `more` and `fewer` are the failures of two sides, each of `trials` trials.

    Raises ValueError: `fewer` is above `more`, or `more` above `trials`.
    """
    if not 0 <= fewer <= more <= trials:
        message = f"{more} and {fewer} failures of {trials}; expected the larger first, and no more than trials"
        raise ValueError(message)
    failures = more + fewer
    ways = sum(comb(trials, own) * comb(trials, failures - own) for own in range(more, min(failures, trials) + 1))
    return ways / comb(2 * trials, failures)
