"""The bisection itself: the ends, the releases between them one by one, and at last the step that is left."""

from collections.abc import Callable, Sequence
from typing import Protocol

from batchmark.comparison import Comparison, Verdict
from batchmark.errors import BatchmarkError, interruption, why_stopped
from batchmark.progress import Progress
from batchmark.studies.bisection.ends import Ends
from batchmark.studies.bisection.record import Bisection, Role, Skipped, Step, slowest, verdict_at
from batchmark.studies.bisection.search import Answer, Search, begin

DEFAULT_LONGER = 2
"""How often an inconclusive step is measured again."""

_ANSWERS = {
    Verdict.REGRESSED: Answer.BAD,
    Verdict.UNCHANGED: Answer.GOOD,
    Verdict.IMPROVED: Answer.GOOD,
    Verdict.INCONCLUSIVE: Answer.UNKNOWN,
}


class Compare(Protocol):
    """Compares two releases live."""

    def __call__(self, baseline: str, candidate: str, *, times: int) -> Comparison:
        """Return the comparison of two versions with so many times the budget.

        Raises BatchmarkError: one of them can't be installed or measured.
        """


def run_bisection(
    ends: Ends,
    compare: Compare,
    releases: Callable[[], Sequence[str]],
    *,
    longer: int = DEFAULT_LONGER,
    progress: Progress,
    keep: Callable[[Bisection], None] = lambda _: None,
) -> Bisection:
    """Return which of the `releases` between the `ends`, ascending, made training slower, as far as it can be told.

    They are asked for once the ends are known to differ. A step that is inconclusive is measured up to `longer` times
    again, each time with twice the budget. `keep` is given what there is after each comparison. On Ctrl-C that is what
    is returned; `stopped` says why.

    Raises BatchmarkError: the ends can't be compared, or the releases between them can't be listed.
    """
    return _Running(ends, compare, longer, progress, keep).run(releases)


class _Running:
    """A bisection while it runs."""

    def __init__(
        self, ends: Ends, compare: Compare, longer: int, progress: Progress, keep: Callable[[Bisection], None]
    ) -> None:
        self._ends = ends
        self._compare = compare
        self._longer = longer
        self._progress = progress
        self._keep = keep
        self._search = begin(str(ends.good), (), str(ends.bad))
        self._place: str | None = None
        self._steps: list[Step] = []
        self._skipped: list[Skipped] = []

    def run(self, releases: Callable[[], Sequence[str]]) -> Bisection:
        try:
            if self._step(Role.ENDS, self._search.first_bad) is Answer.BAD:
                # Who is slow at the end is looked for, and nobody else.
                self._place = slowest(self._steps[0].comparison)
                self._search = begin(self._search.last_good, tuple(releases()), self._search.first_bad)
                self._find()
        except KeyboardInterrupt as error:
            if not self._steps:
                raise
            return self._found(why_stopped(error))
        return self._found(None)

    def _find(self) -> None:
        while (release := self._search.next) is not None:
            try:
                answer = self._step(Role.SEARCH, release)
            except BatchmarkError as error:
                self._skip(release, str(error))
                answer = Answer.UNKNOWN
            self._search = self._search.after(release, answer)
        if len(self._search.releases) > len(("good", "bad")):
            try:
                self._step(Role.CONFIRMATION, self._search.first_bad)
            except BatchmarkError as error:
                self._skip(self._search.first_bad, f"not compared with {self._search.last_good}: {error}")

    def _step(self, role: Role, candidate: str) -> Answer:
        """Compare a release, and return what that says of it."""
        baseline = self._search.last_good if role is Role.CONFIRMATION else str(self._ends.good)
        comparisons: list[Comparison] = []
        for doubled in range(self._longer + 1):
            comparison = self._compare(baseline, candidate, times=2**doubled)
            comparisons.append(comparison)
            _require_whole(comparison)
            if verdict_at(self._place, comparison) is not Verdict.INCONCLUSIVE:
                break
        step = Step(role, baseline, candidate, tuple(comparisons), self._place)
        self._steps.append(step)
        self._keep(self._found("it is still running, or was killed"))
        self._tell(f"{candidate} against {baseline}: {step.verdict.value}")
        if role is Role.SEARCH and step.verdict is Verdict.INCONCLUSIVE:
            self._skip(candidate, f"inconclusive against {baseline}, with {2**self._longer} times the budget too")
        return _ANSWERS[step.verdict]

    def _skip(self, release: str, why: str) -> None:
        self._skipped.append(Skipped(release, why))
        self._tell(f"{release} is passed over: {why}")

    def _tell(self, what: str) -> None:
        self._progress(phase=f"{self._ends.package}", done=0, of=0, detail=what)

    def _found(self, stopped: str | None) -> Bisection:
        search: Search = self._search
        return Bisection(
            package=self._ends.package,
            good=str(self._ends.good),
            bad=str(self._ends.bad),
            held=self._ends.held,
            releases=search.releases[1:-1],
            steps=tuple(self._steps),
            skipped=tuple(self._skipped),
            last_good=search.last_good,
            first_bad=search.first_bad,
            stopped=stopped,
        )


_INTERRUPTIONS = {why_stopped(error) for error in (KeyboardInterrupt(), interruption("ended by SIGTERM"))}


def _require_whole(comparison: Comparison) -> None:
    """Refuse a comparison that ended early, or in which a side could not be trained at all: it says nothing of speed.

    Raises BatchmarkError. KeyboardInterrupt: the user ended it.
    """
    if comparison.stopped in _INTERRUPTIONS:
        raise interruption(comparison.stopped)
    if comparison.stopped:
        raise BatchmarkError(comparison.stopped)
    for cell in comparison.cells:
        if cell.counts and cell.effect is None:
            message = f"{cell.name} has no effect{': ' if cell.warnings else ''}{'; '.join(cell.warnings)}"
            raise BatchmarkError(message)
