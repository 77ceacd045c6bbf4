"""The search for the largest batch size that trains: by doubling, then by halving the bracket.

It holds no state: what to probe next, and what is known, follow from the probes until then. So a search that is
stopped in the middle has a result as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

ENOUGH = 2
"""What was seen once, a batch size that trained or one that failed, may have been luck."""
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
    """The largest batch size below `smallest_failing` that trained in most of its probes; None if none did."""
    smallest_failing: int | None
    """The smallest batch size that failed in most of its probes; None if none did."""
    reached_maximum: bool
    """Whether the answer is the largest batch size that was asked for."""
    verified: bool
    """Whether the answer trained in two probes."""
    settled: bool
    """Whether the search is at its end: the answer trained twice, and is the maximum or within 5 % of a batch size
    that failed twice; or batch size 1 failed twice."""
    probes: tuple[Probe, ...]
    """Every probe, in order."""


def find_largest(probe: Callable[[int], Probe], *, start: int, maximum: int) -> Boundary[Probe]:
    """Probe batch sizes, from the smaller of `start` and `maximum`, until the largest that trains is known.

    Where the start fails, smaller ones are tried, down to 1. Both ends of the bracket are asked twice; where the two
    answers differ a third one decides: the same training takes more memory in some processes than in others.
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
    if undecided := [size for size, votes in _votes(tried).items() if votes.yes == votes.no]:
        return undecided[0]
    answer, failing = _bracket(tried)
    if answer is None and failing is not None and failing > 1:
        return failing // 2
    if answer is not None and failing is None and answer < maximum:
        return min(2 * answer, maximum)
    if answer is not None and failing is not None and not _is_narrow(answer, failing):
        return (answer + failing) // 2
    # The failure first: if it was a stray one, the answer lies above it.
    return next((size for size in (failing, answer) if size is not None and not _is_sure(tried, size)), None)


def boundary(tried: Sequence[Probe], *, start: int, maximum: int) -> Boundary[Probe]:
    """Return what the probes `tried` so far say."""
    answer, failing = _bracket(tried)
    return Boundary(
        answer=answer,
        smallest_failing=failing,
        reached_maximum=answer == maximum,
        verified=answer is not None and _is_sure(tried, answer),
        settled=next_batch_size(tried, start=start, maximum=maximum) is None,
        probes=tuple(tried),
    )


def most_probes(*, start: int, maximum: int) -> int:
    """Return how many probes a search takes at most if each batch size always gives the same answer."""
    first = min(start, maximum)
    upward = (-(-maximum // first) - 1).bit_length()
    # From the first probe up to the maximum, or down to 1; a bracket as wide as its lower end; both ends again.
    return 1 + max(upward, first.bit_length() - 1) + _WIDEST_BRACKET + 2


# Halvings of a bracket from b to 2b until it is within 5 % of b, whatever b is.
_WIDEST_BRACKET = 5


class _Votes(NamedTuple):
    """What the probes of one batch size said."""

    yes: int
    no: int


def _votes(tried: Sequence[Tried]) -> dict[int, _Votes]:
    """Return the votes by batch size."""
    counts: dict[int, _Votes] = {}
    for each in tried:
        yes, no = counts.get(each.batch_size, _Votes(0, 0))
        counts[each.batch_size] = _Votes(yes + each.trained, no + (not each.trained))
    return counts


def _bracket(tried: Sequence[Tried]) -> tuple[int | None, int | None]:
    """Return the largest batch size that trained below every failure, and the smallest failure, by most votes."""
    votes = _votes(tried)
    failing = min((size for size, (yes, no) in votes.items() if no > yes), default=None)
    trained = (size for size, (yes, no) in votes.items() if yes > no)
    return max((size for size in trained if failing is None or size < failing), default=None), failing


def _is_narrow(answer: int, failing: int) -> bool:
    return failing <= answer + 1 or failing * _DENOMINATOR <= answer * _NUMERATOR


def _is_sure(tried: Sequence[Tried], size: int) -> bool:
    return max(_votes(tried)[size]) >= ENOUGH
