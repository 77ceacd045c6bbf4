"""The search for the largest batch size that trains: by doubling, then by halving the bracket.

It holds no state: what to probe next, and what is known, follow from the probes until then. So a search that is
stopped in the middle has a result as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

ENOUGH_YESES = 2
"""An answer that was only seen to train once may have been lucky."""
# The bracket's resolution, 5 %, as a ratio of integers.
_NUMERATOR, _DENOMINATOR = 21, 20


class Tried(Protocol):
    """One probe."""

    @property
    def batch_size(self) -> int:
        """What was probed, at least 1."""

    @property
    def trained(self) -> bool:
        """Whether it trained."""


Probe = TypeVar("Probe", bound=Tried)


@dataclass(frozen=True)
class Boundary(Generic[Probe]):
    """What the probes say."""

    answer: int | None
    """The largest batch size below `smallest_failing` that trained; None if none did."""
    smallest_failing: int | None
    """The smallest batch size that failed, be it once; None if none did."""
    reached_maximum: bool
    """Whether the answer is the largest batch size that was asked for."""
    verified: bool
    """Whether the answer trained in a second probe too."""
    settled: bool
    """Whether the search is at its end: the answer is verified, and is the maximum or within 5 % of a failure; or
    not even batch size 1 trains."""
    probes: tuple[Probe, ...]
    """Every probe, in order."""


def find_largest(probe: Callable[[int], Probe], *, start: int, maximum: int) -> Boundary[Probe]:
    """Probe batch sizes, from the smaller of `start` and `maximum`, until the largest that trains is known.

    Where the start fails, smaller ones are tried, down to 1. A second probe of the answer that fails counts as a
    failure, and the search goes on below it.
    """
    tried: list[Probe] = []
    while (size := next_batch_size(tried, start=start, maximum=maximum)) is not None:
        tried.append(probe(size))
    return boundary(tried, start=start, maximum=maximum)


def next_batch_size(tried: Sequence[Tried], *, start: int, maximum: int) -> int | None:
    """Return what to probe after `tried`, or None where there is nothing left to find out.

    Raises ValueError: `start` or `maximum` below 1.
    """
    if min(start, maximum) < 1:
        message = f"a search from batch size {start} to {maximum}; expected both to be at least 1"
        raise ValueError(message)
    if not tried:
        return min(start, maximum)
    answer, failing = _bracket(tried)
    if answer is None:
        return None if failing == 1 else (failing or 1) // 2
    if failing is None:
        unknown = min(2 * answer, maximum) if answer < maximum else None
    else:
        unknown = None if _is_narrow(answer, failing) else (answer + failing) // 2
    if unknown is None and _yeses(tried, answer) < ENOUGH_YESES:
        return answer
    return unknown


def boundary(tried: Sequence[Probe], *, start: int, maximum: int) -> Boundary[Probe]:
    """Return what the probes `tried` so far say."""
    answer, failing = _bracket(tried)
    return Boundary(
        answer=answer,
        smallest_failing=failing,
        reached_maximum=answer == maximum,
        verified=answer is not None and _yeses(tried, answer) >= ENOUGH_YESES,
        settled=next_batch_size(tried, start=start, maximum=maximum) is None,
        probes=tuple(tried),
    )


def most_probes(*, start: int, maximum: int) -> int:
    """Return how many probes a search takes at most if each batch size always gives the same answer."""
    first = min(start, maximum)
    upward = (-(-maximum // first) - 1).bit_length()
    # From the first probe up to the maximum, or down to 1; then a bracket as wide as its lower end.
    return 1 + max(upward, first.bit_length() - 1) + _WIDEST_BRACKET + 1


# Halvings of a bracket from b to 2b until it is within 5 % of b, whatever b is.
_WIDEST_BRACKET = 5


def _bracket(tried: Sequence[Tried]) -> tuple[int | None, int | None]:
    """Return the largest batch size that trained below every failure, and the smallest failure."""
    failing = min((each.batch_size for each in tried if not each.trained), default=None)
    trained = (each.batch_size for each in tried if each.trained)
    return max((size for size in trained if failing is None or size < failing), default=None), failing


def _is_narrow(answer: int, failing: int) -> bool:
    return failing <= answer + 1 or failing * _DENOMINATOR <= answer * _NUMERATOR


def _yeses(tried: Sequence[Tried], size: int) -> int:
    return sum(each.trained for each in tried if each.batch_size == size)
