"""Where among releases a change came: the next one to try, and what is known by the answers so far."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Answer(StrEnum):
    """Of one release, against the first."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    """It can't be told: it stays inconclusive, or isn't measured at all."""


@dataclass(frozen=True)
class Search:
    """A bisection in its middle: of `releases`, ascending, the first is good and the last is bad."""

    releases: tuple[str, ...]
    good: int
    """The index of the last release that is known to be good."""
    bad: int
    """Of the first that is known to be bad."""
    unknown: frozenset[int] = frozenset()
    """Of those that it can't be told of."""

    @property
    def last_good(self) -> str:
        """The newest release that is known to be good."""
        return self.releases[self.good]

    @property
    def first_bad(self) -> str:
        """The oldest release that is known to be bad."""
        return self.releases[self.bad]

    @property
    def between(self) -> tuple[str, ...]:
        """The releases between these two: what is left, and what can't be told."""
        return self.releases[self.good + 1 : self.bad]

    @property
    def next(self) -> str | None:
        """The release to try: the nearest to the middle that nothing is known of; None where there is none."""
        middle = (self.good + self.bad) / 2
        left = [index for index in range(self.good + 1, self.bad) if index not in self.unknown]
        return self.releases[min(left, key=lambda index: abs(index - middle))] if left else None

    def after(self, release: str, answer: Answer) -> "Search":
        """Return what is known once the `release` that was `next` has an answer."""
        index = self.releases.index(release)
        match answer:
            case Answer.GOOD:
                return replace(self, good=index)
            case Answer.BAD:
                return replace(self, bad=index)
            case Answer.UNKNOWN:
                return replace(self, unknown=self.unknown | {index})


def begin(good: str, between: tuple[str, ...], bad: str) -> Search:
    """Return a search that has asked nothing yet."""
    releases = (good, *between, bad)
    return Search(releases, 0, len(releases) - 1)
