"""How far two short trainings from the same start ended apart, on the scale of how far one of them moved."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.log_names import by_number
from batchmark.training.state import Entry, Kind, Values, is_float

# Compiled otherwise, sums are rounded otherwise: some 1e-5 of what ten steps of a float32 training move. A forgotten
# batch, weight or state is hundreds of times as much.
BOUND = 1e-3
# Of the precision that the model computes in, where that is less than float32's.
_ROUNDINGS = 2
# Rounding moves some trainings further: as far as weights changed in their last bit do, and so many times that.
_NOISES = 20
# In a mean over some hundred examples, one of which may be counted otherwise by a rounding.
_LOG_BOUND = 5e-3
_LEAST_LOG = 1e-6
_WHOLE = 1e-3
# Steps' own roundings, in units of a value's last place.
_LAST_PLACES = 4
# Above this share of the whole movement nothing could be told any more.
_LARGEST_ALLOWED_SHARE = 0.2


@dataclass(frozen=True)
class Steps:
    """A short training."""

    entries: tuple[Entry, ...]
    own_start: Values
    """What the new model began with by itself."""
    start: Values
    """What it was given to begin with."""
    end: Values
    logs: Sequence[Mapping[str, Any]]
    """By epoch."""
    examples: int
    """An epoch."""


@dataclass(frozen=True)
class Rounding:
    """How far apart mere rounding brings two trainings: ``fit`` twice, once from weights changed in their last bit."""

    of_entries: tuple[float, ...]
    """The norm of the difference, of each variable; 0 where it is no floating-point number."""
    of_logs: tuple[dict[str, float], ...]
    """By epoch and name."""


def rounding(fit: Steps, again: Steps) -> Rounding:
    """Return how far `again`, from weights changed in their last bit, ended from `fit`."""
    ends = zip(fit.end, again.end, strict=True)
    logs = []
    for theirs, other in zip(fit.logs, again.logs, strict=True):
        names = _paired(theirs, other) or {}
        logs.append({name: abs(_number(other[same]) - _number(theirs[name])) for name, same in names.items()})
    return Rounding(tuple(_norm(other, end) if is_float(end) else 0.0 for end, other in ends), tuple(logs))


@dataclass(frozen=True)
class Difference:
    """Between two short trainings."""

    largest: float | None
    """Of a variable that moved, relative to how far it moved; None where it isn't a number."""
    what: str = ""
    """What differs most and by how much, in words; empty where all is within the bound."""
    is_weighing: bool = False
    """Whether nothing differs but the logged losses of single outputs, of which the sum is within the bound."""


def bound_for(precision: float) -> float:
    """Return the bound for a model that computes with this `precision`, the step from 1 to the next number."""
    return max(BOUND, _ROUNDINGS * precision) if precision > np.finfo(np.float32).eps else BOUND


def difference(fit: Steps, other: Steps, noise: Rounding, *, bound: float) -> Difference:
    """Return how far `other` ended from `fit`; `noise` is how far rounding alone goes."""
    largest, worst = 0.0, (0.0, "")
    columns = (fit.entries, fit.start, fit.end, other.end, noise.of_entries)
    for entry, start, end, mine, rounded in zip(*columns, strict=True):
        if entry.kind is Kind.METRIC:
            # By what they log: of a compiled loop they hold the same.
            continue
        apart = _apart(start, end, mine, rounded, bound=bound)
        largest = max(largest, apart.relative)
        worst = max(worst, (apart.excess, f"{_described(entry)} {apart.told}"))
    known = largest if math.isfinite(largest) else None
    if worst[0] > 1:
        return Difference(known, worst[1])
    off = {told: log for log, excess, told in _logs_apart(fit, other, noise, bound) if excess > 1}
    return Difference(known, next(iter(off), ""), is_weighing=all(log.endswith("_loss") for log in off.values()))


def can_tell(fit: Steps, noise: Rounding, *, bound: float) -> bool:
    """Whether the weights moved so far that other work would be seen beside rounding."""
    allowed = moved = 0.0
    for entry, start, end, rounded in zip(fit.entries, fit.start, fit.end, noise.of_entries, strict=True):
        if entry.kind is Kind.WEIGHT and is_float(end):
            distance = _norm(end, start)
            moved += distance**2
            allowed += min(distance, _allowed(start, end, rounded, bound=bound)) ** 2
    return moved > 0 and math.sqrt(allowed / moved) <= _LARGEST_ALLOWED_SHARE


def repeats(fit: Steps, again: Steps) -> float:
    """Return how far a second training from the same seed ended from the first, relative to how far that one moved.

    What single roundings explain doesn't count: where weights hardly move, it would be all there is.
    """
    apart = moved = 0.0
    for entry, start, end, other in zip(fit.entries, fit.start, fit.end, again.end, strict=True):
        if entry.kind is Kind.WEIGHT and is_float(end):
            apart += max(0.0, _norm(other, end) - _roundings(start, end)) ** 2
            moved += _norm(end, start) ** 2
    return math.sqrt(apart / moved) if moved else 0.0


@dataclass(frozen=True)
class _Apart:
    relative: float
    excess: float
    """In units of what is allowed."""
    told: str


def _apart(start: NDArray[Any], fit: NDArray[Any], other: NDArray[Any], rounded: float, *, bound: float) -> _Apart:
    if not is_float(fit):
        equal = np.array_equal(fit, other)
        return _Apart(0.0, 0.0 if equal else math.inf, f"ended as {_short(other)} and fit's as {_short(fit)}")
    distance, moved = _norm(other, fit), _norm(fit, start)
    allowed = _allowed(start, fit, rounded, bound=bound)
    if not math.isfinite(distance):
        return _Apart(math.inf, math.inf, "isn't finite where fit's is, or the other way round")
    # What only rounding moves has no relative difference to speak of.
    relative = distance / moved if moved > allowed else 0.0
    share = f"{distance / moved:.2g} of what fit moved it" if moved else f"{distance:.2g}, and fit did not move it"
    return _Apart(relative, distance / allowed if allowed else (math.inf if distance else 0.0), f"ended off by {share}")


def _allowed(start: NDArray[Any], fit: NDArray[Any], rounded: float, *, bound: float) -> float:
    return max(bound * _norm(fit, start), _NOISES * rounded, _roundings(start, fit))


def _roundings(start: NDArray[Any], end: NDArray[Any]) -> float:
    """Return how far some steps' own roundings go, of values of this size and type."""
    scale = float(np.linalg.norm(np.maximum(np.abs(_wide(start)), np.abs(_wide(end)))))
    last_place = 2.0**-52 if end.dtype == np.float64 else 2.0**-23 if end.dtype == np.float32 else 2.0**-8
    return _LAST_PLACES * last_place * scale


def _norm(one: NDArray[Any], other: NDArray[Any]) -> float:
    mine, theirs = _wide(one), _wide(other)
    # Equal infinities, as a mask's, are no distance apart.
    apart = mine != theirs
    return float(np.linalg.norm(mine[apart] - theirs[apart]))


def _wide(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64).ravel()


def _logs_apart(fit: Steps, other: Steps, noise: Rounding, bound: float) -> Iterator[tuple[str, float, str]]:
    """Yield each log's name, how far it is off in units of what is allowed, and that in words."""
    for epoch, (theirs, ours, noises) in enumerate(zip(fit.logs, other.logs, noise.of_logs, strict=True), start=1):
        names = _paired(theirs, ours)
        if names is None:
            told = f"epoch {epoch} logs {', '.join(ours) or 'nothing'}, and fit's {', '.join(theirs) or 'nothing'}"
            yield "", math.inf, told
            continue
        for name, same in names.items():
            value, mine = _number(theirs[name]), _number(ours[same])
            allowed = max(
                max(_LOG_BOUND, bound / 2) * max(abs(value), abs(mine)),
                _NOISES * noises.get(name, 0.0),
                0.0 if "loss" in name else _of_one_example(value, mine, fit.examples),
                _LEAST_LOG,
            )
            equal = value == mine or (math.isnan(value) and math.isnan(mine))
            excess = 0.0 if equal else abs(mine - value) / allowed
            yield name, math.inf if math.isnan(excess) else excess, f"log {name!r} is {mine:.6g}, and fit's {value:.6g}"


def _of_one_example(value: float, other: float, examples: int) -> float:
    """Return what one example counts, somewhat more, where both are shares of all examples, as an accuracy; else 0."""
    counts = [each * examples for each in (value, other)]
    are_shares = all(0 <= each <= examples and abs(each - round(each)) < _WHOLE for each in counts)
    return 1.5 / examples if are_shares else 0.0


def _paired(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, str] | None:
    """Return by name of the one the name of the other, None where they differ: metrics are numbered by process."""
    if set(theirs) == set(ours):
        return {name: name for name in theirs}
    # Fit logs them sorted, and a compiled loop as the model has them.
    one, other = sorted(theirs, key=by_number), sorted(ours, key=by_number)
    alike = [by_number(name)[0] for name in one] == [by_number(name)[0] for name in other]
    return dict(zip(one, other, strict=True)) if alike else None


def _number(value: Any) -> float:
    return float(np.mean(value))


def _described(entry: Entry) -> str:
    return f"{entry.kind} {entry.name!r}"


def _short(values: NDArray[Any]) -> str:
    return str(values) if values.size == 1 else "other numbers"
