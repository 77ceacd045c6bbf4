"""Why one side's epochs take longer: two profiles, held against each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from batchmark.profiles import Called, Frame, Operation, Phase, Profile

_MOST_GROWN = 5
# What explains less of all that grew is not told.
_LEAST_SHARE = 0.1
# Of what is left of a phase's growth, a function that it is put down to has so much.
_MOST_OF_IT = 0.5
_MOST_WITHIN = 3
_LEAST_WITHIN = 0.15
_MOST_CALLED = 5
_LEAST_CALLS = 1.0
_NO_PHASES = "its fit has no loop over train steps within a loop over epochs that can be read"
_UNKNOWN = "an older Batchmark"


@dataclass(frozen=True)
class Changed:
    """A quantity on both sides."""

    name: str
    baseline: float
    candidate: float

    @property
    def growth(self) -> float:
        """The candidate's less the baseline's."""
        return self.candidate - self.baseline


@dataclass(frozen=True)
class Grown:
    """A function that takes longer, with all that it calls."""

    frame: Frame
    """As the side has it where it takes longer."""
    phase: Phase | None
    """None: of an epoch as a whole, as phases can't be told."""
    baseline: float
    """Seconds an epoch."""
    candidate: float
    saved: float = 0.0
    """Seconds an epoch by which the rest of the phase got shorter meanwhile: what moved here from there is in it."""
    by: Frame | None = None
    """What calls it in the nearest other package whose version changed; None: no such package calls it."""
    within: tuple[tuple[Frame, float], ...] = ()
    """Where it is spread: the functions that it calls itself and that grew most, with the seconds an epoch."""

    @property
    def growth(self) -> float:
        """Seconds an epoch."""
        return self.candidate - self.baseline


@dataclass(frozen=True)
class CalledMore:
    """A function that is called more often."""

    function: Called
    baseline: float
    """Calls an epoch."""
    candidate: float


@dataclass(frozen=True)
class ChangedOperation:
    """A kind of operation on both sides, in a step."""

    kind: str
    count: Changed
    seconds: Changed


@dataclass(frozen=True)
class Explanation:
    """What differs between two sides' epochs."""

    seconds: Changed
    """Of an epoch, while it was sampled."""
    phases: tuple[Changed, ...]
    """Seconds an epoch, all phases in their order; empty where they were not seen on both sides."""
    grown: tuple[Grown, ...]
    """What the growth is put down to, most first."""
    calls: Changed | None
    """Of all functions, an epoch; None: not counted on both sides, or not by the same."""
    called_more: tuple[CalledMore, ...]
    operations: tuple[ChangedOperation, ...]
    """Those that run more often, by how much more, and then those that take more seconds of a step."""
    versions: tuple[tuple[str, str, str], ...]
    """Packages that were seen on both sides and whose version changed: name, baseline, candidate."""
    unseen: tuple[str, ...] = ()
    """What can't be held against each other, and why."""


def explain(baseline: Profile, candidate: Profile) -> Explanation:
    """Return why the candidate's epochs take longer than the baseline's; of shorter ones, `grown` is what still grew.

    A phase's growth is put down to the innermost function that has at least half of it; what it has is taken out, and
    the rest put down likewise, as long as it is a tenth of all that grew.
    """
    versions = _versions(baseline, candidate)
    sides = (baseline, candidate)
    has_phases, has_calls = all(each.phases for each in sides), all(each.called for each in sides)
    counted_alike = baseline.calls_counted_by == candidate.calls_counted_by
    changed = {name for name, _, _ in versions}
    phases = [Changed(phase, baseline.phases.get(phase, 0.0), candidate.phases.get(phase, 0.0)) for phase in Phase]
    are_comparable = has_calls and counted_alike
    return Explanation(
        seconds=Changed("an epoch", baseline.seconds_per_epoch, candidate.seconds_per_epoch),
        phases=tuple(phases) if has_phases else (),
        grown=_grown(baseline, candidate, changed, tuple(Phase) if has_phases else (None,)),
        calls=Changed("function calls", baseline.calls, candidate.calls) if are_comparable else None,
        called_more=_called_more(baseline, candidate) if are_comparable else (),
        operations=_operations(baseline.operations, candidate.operations),
        versions=versions,
        unseen=_unseen(baseline, candidate, counted_alike=counted_alike),
    )


def _unseen(baseline: Profile, candidate: Profile, *, counted_alike: bool) -> tuple[str, ...]:
    found = []
    for side, profile in (("baseline", baseline), ("candidate", candidate)):
        if not profile.phases:
            found.append(f"phases at the {side}: {_NO_PHASES}")
        found += [f"{what} at the {side}: {why}" for what, _, why in (each.partition(": ") for each in profile.missing)]
    if not counted_alike:
        by = f"{baseline.calls_counted_by or _UNKNOWN} there, {candidate.calls_counted_by or _UNKNOWN} here"
        found.append(f"calls of the two sides: another counted them ({by})")
    return tuple(found)


def _versions(baseline: Profile, candidate: Profile) -> tuple[tuple[str, str, str], ...]:
    both = baseline.packages.keys() & candidate.packages.keys()
    return tuple(
        (name, baseline.packages[name], candidate.packages[name])
        for name in sorted(both)
        if baseline.packages[name] != candidate.packages[name]
    )


@dataclass(frozen=True)
class _Seen:
    """A stack by what its frames are found by on either side."""

    frames: tuple[Frame, ...]
    phase: Phase | None
    seconds: float

    def has(self, place: str) -> bool:
        return any(frame.place == place for frame in self.frames)


def _seen(profile: Profile) -> list[_Seen]:
    return [
        _Seen(tuple(profile.frames[index] for index in stack.frames), stack.phase, stack.seconds)
        for stack in profile.stacks
    ]


def _grown(
    baseline: Profile, candidate: Profile, changed: set[str], phases: Sequence[Phase | None]
) -> tuple[Grown, ...]:
    """Put down what grew in each of `phases`; None: of an epoch as a whole."""
    by_phase = [[_of(_seen(side), phase) for side in (baseline, candidate)] for phase in phases]
    grew = sum(max(0.0, _total(ours) - _total(theirs)) for theirs, ours in by_phase)
    found: list[Grown] = []
    for phase, sides in zip(phases, by_phase, strict=True):
        left = sides
        while True:
            growth = _total(left[1]) - _total(left[0])
            if growth <= 0 or growth < _LEAST_SHARE * grew:
                break
            innermost = _innermost(left[0], left[1], growth)
            if innermost is None:
                break
            sums = [_total([stack for stack in side if stack.has(innermost.place)]) for side in left]
            by = _called_by(innermost, left[1], changed)
            saved = max(0.0, (sums[1] - sums[0]) - growth)
            within = _within(innermost, left[0], left[1], growth)
            found.append(Grown(innermost, phase, sums[0], sums[1], saved, by, within))
            left = [[stack for stack in side if not stack.has(innermost.place)] for side in left]
    return tuple(sorted(found, key=lambda each: -each.growth)[:_MOST_GROWN])


def _of(stacks: Sequence[_Seen], phase: Phase | None) -> list[_Seen]:
    return [stack for stack in stacks if phase is None or stack.phase is phase]


def _total(stacks: Iterable[_Seen]) -> float:
    return sum(stack.seconds for stack in stacks)


def _innermost(theirs: Sequence[_Seen], ours: Sequence[_Seen], growth: float) -> Frame | None:
    """Return the function with at least half of `growth` that takes least in all; of equal ones the innermost."""
    before, after = _inclusive(theirs), _inclusive(ours)
    depths = _depths(ours)
    frames = _longest(ours, theirs)
    wanted = [
        place
        for place, seconds in after.items()
        if seconds - before.get(place, 0.0) >= _MOST_OF_IT * growth and not frames[place].runs_anything
    ]
    if not wanted:
        return None
    return frames[min(wanted, key=lambda place: (round(after[place], 9), -depths[place]))]


def _longest(ours: Iterable[_Seen], theirs: Iterable[_Seen]) -> dict[str, Frame]:
    """Return the function that stands for each place: of several lambdas of a module the one that grew most."""
    grew: dict[Frame, float] = defaultdict(float)
    for sign, stacks in ((1, ours), (-1, theirs)):
        for stack in stacks:
            for frame in set(stack.frames):
                grew[frame] += sign * stack.seconds
    return {frame.place: frame for frame in sorted(grew, key=lambda frame: grew[frame])}


def _inclusive(stacks: Iterable[_Seen]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for stack in stacks:
        for place in {frame.place for frame in stack.frames}:
            found[place] += stack.seconds
    return found


def _depths(stacks: Iterable[_Seen]) -> dict[str, int]:
    found: dict[str, int] = {}
    for stack in stacks:
        for depth, frame in enumerate(stack.frames):
            found[frame.place] = max(found.get(frame.place, 0), depth)
    return found


def _called_by(frame: Frame, stacks: Iterable[_Seen], changed: set[str]) -> Frame | None:
    """Return what most often calls `frame` from the nearest other package that changed."""
    others = changed - {frame.package}
    spent: dict[str, float] = defaultdict(float)
    frames: dict[str, Frame] = {}
    for stack in stacks:
        places = [each.place for each in stack.frames]
        if frame.place not in places:
            continue
        above = stack.frames[: places.index(frame.place)]
        nearest = next((each for each in reversed(above) if each.package in others), None)
        if nearest is not None:
            spent[nearest.place] += stack.seconds
            frames[nearest.place] = nearest
    return frames[max(spent, key=lambda place: spent[place])] if spent else None


def _within(
    frame: Frame, theirs: Iterable[_Seen], ours: Iterable[_Seen], growth: float
) -> tuple[tuple[Frame, float], ...]:
    """Return what `frame` calls itself and has a share of its growth, the largest first."""
    (before, _), (after, frames) = _callees(frame, theirs), _callees(frame, ours)
    grew = {place: seconds - before.get(place, 0.0) for place, seconds in after.items()}
    most = sorted(grew, key=lambda place: -grew[place])[:_MOST_WITHIN]
    return tuple((frames[place], grew[place]) for place in most if grew[place] >= _LEAST_WITHIN * growth)


def _callees(frame: Frame, stacks: Iterable[_Seen]) -> tuple[dict[str, float], dict[str, Frame]]:
    spent: dict[str, float] = defaultdict(float)
    frames: dict[str, Frame] = {}
    for stack in stacks:
        places = [each.place for each in stack.frames]
        if frame.place in places[:-1]:
            called = stack.frames[places.index(frame.place) + 1]
            spent[called.place] += stack.seconds
            frames.setdefault(called.place, called)
    return spent, frames


def _called_more(baseline: Profile, candidate: Profile) -> tuple[CalledMore, ...]:
    before = _by_place(baseline.called)
    found = [
        CalledMore(function, before.get(place, 0.0), calls)
        for place, (function, calls) in _functions(candidate.called).items()
        if calls - before.get(place, 0.0) >= _LEAST_CALLS
    ]
    return tuple(sorted(found, key=lambda each: each.baseline - each.candidate)[:_MOST_CALLED])


def _functions(called: Iterable[Called]) -> dict[str, tuple[Called, float]]:
    found: dict[str, tuple[Called, float]] = {}
    for each in called:
        kept, calls = found.get(each.place, (each, 0.0))
        found[each.place] = (kept, calls + each.calls)
    return found


def _by_place(called: Iterable[Called]) -> dict[str, float]:
    return {place: calls for place, (_, calls) in _functions(called).items()}


def _operations(baseline: Sequence[Operation], candidate: Sequence[Operation]) -> tuple[ChangedOperation, ...]:
    if not (baseline and candidate):
        # Of one side alone, all of it would look as if it had grown.
        return ()
    before, after = ({each.kind: each for each in side} for side in (baseline, candidate))
    none = {kind: Operation(kind, 0.0, 0.0) for kind in {**before, **after}}
    pairs = [(before.get(kind, nothing), after.get(kind, nothing)) for kind, nothing in none.items()]
    changed = [
        ChangedOperation(
            ours.kind,
            Changed(ours.kind, theirs.count, ours.count),
            Changed(ours.kind, theirs.seconds, ours.seconds),
        )
        for theirs, ours in pairs
    ]
    # Counts are exact, and seconds those of a single run.
    grew = [each for each in changed if each.count.growth > 0 or each.seconds.growth > 0]
    order = sorted(grew, key=lambda each: (each.count.growth <= 0, -each.seconds.growth))
    return tuple(order[:_MOST_CALLED])
