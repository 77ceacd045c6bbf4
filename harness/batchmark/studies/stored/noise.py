"""What stored sweeps of the same thing differ by: the noise between runs, measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from batchmark.analysis.stored_noise import spread_between_runs
from batchmark.errors import BatchmarkError, IncomparableError
from batchmark.files.stored_form import Object
from batchmark.files.stored_noise import StoredNoise
from batchmark.files.sweep import StoredSweep, to_extra_info
from batchmark.records import CellRecord
from batchmark.studies.live.comparability import require_same_work
from batchmark.studies.stored.quantities import OfTwoRuns, quantities
from batchmark.studies.stored.runs import facts_of
from batchmark.studies.sweep.on_backends import BY_BACKEND

_FEWEST = 2
_ENOUGH = 5
# Runs that differ in one of these are of two things.
_SAME = (
    *("device", "device_name", "device_count", "machine", "system", "cores"),
    *("intra_op_threads", "inter_op_threads", "flags", "python", "tensorflow", "keras", "keras_backend", "numpy"),
    *("jax", "jaxlib", "torch"),
)
_Key = tuple[str, str, str | None, int | None]


@dataclass(frozen=True)
class NoiseOfRuns:
    """What several sweeps told."""

    noise: StoredNoise
    cells: tuple[str, ...]
    """That all of them have."""
    notes: tuple[str, ...]
    """What of it counts for little, and what was left out, in a line each."""


def noise_of_stored(sweeps: Mapping[str, StoredSweep]) -> NoiseOfRuns:
    """Return what `sweeps`, by the name of their file, differ by; only cells that all have count.

    Raises BatchmarkError: fewer than two. IncomparableError: sweeps of two machines, environments or workloads, one
    measurement twice, no cell in common, nothing that differs.
    """
    if len(sweeps) < _FEWEST:
        message = "the noise between stored sweeps takes two different files at least; type --stored A.json B.json ..."
        raise BatchmarkError(message)
    forms = {name: _forms(sweep) for name, sweep in sweeps.items()}
    for one, other in combinations(sweeps, 2):
        if forms[one] == forms[other]:
            message = f"{one} and {other} are the same measurement; store the sweep again, as far apart as you compare"
            raise IncomparableError(message)
        _require_same_thing(sweeps, one, other)
    runs = [{str(record.cell): record for record in sweep.records if record.is_comparable} for sweep in sweeps.values()]
    common = [name for name in runs[0] if all(name in run for run in runs)]
    if not common:
        message = f"{', '.join(sweeps)} have no cell with rounds in common; store the same sweep several times"
        raise IncomparableError(message)
    first, *others = [[run[name] for name in common] for run in runs]
    compared = [quantities(list(zip(first, other, strict=True))) for other in others]
    logs = _logarithms(compared)
    spreads = {metric: spread_between_runs(np.array(rows).T) for metric, rows in logs.items()}
    still = [metric for metric, spread in spreads.items() if not spread > 0]
    zero = sorted(_zero_somewhere(compared) - spreads.keys())
    found = {metric: spread for metric, spread in spreads.items() if spread > 0}
    if not found:
        message = f"{', '.join(sweeps)} don't differ in anything; store the same sweep several times, hours apart"
        raise IncomparableError(message)
    workloads = tuple(dict.fromkeys(record.cell.workload for record in first))
    noise = StoredNoise(found, len(sweeps), workloads, facts_of(next(iter(sweeps.values()))))
    return NoiseOfRuns(noise, tuple(common), tuple(_notes(sweeps, runs, common, still, zero)))


def differing_facts(ours: Mapping[str, object], theirs: Mapping[str, object]) -> list[str]:
    """Return the facts that make two runs ones of two things."""
    found = _different(ours, theirs)
    several = [each if isinstance(each := facts.get(BY_BACKEND), Mapping) else {} for facts in (ours, theirs)]
    for backend in sorted(several[0].keys() & several[1].keys()):
        found += [f"{fact} of {backend}" for fact in _different(several[0][backend], several[1][backend])]
    return found


def _different(ours: Mapping[str, object], theirs: Mapping[str, object]) -> list[str]:
    return [fact for fact in _SAME if ours.get(fact) != theirs.get(fact)]


def _logarithms(compared: Sequence[Sequence[OfTwoRuns]]) -> dict[str, list[list[float]]]:
    """Return by metric, for each cell or curve that all runs have, a logarithm a run: of its ratio to the first."""
    by_key: dict[_Key, list[float]] = {}
    for other in compared:
        for each in other:
            if _has_ratio(each) and not _is_zero_somewhere(each):
                key = (each.metric.name, each.workload, each.loop, each.batch_size)
                ratio = np.log(each.candidate).mean() - np.log(each.baseline).mean()
                by_key.setdefault(key, [0.0]).append(float(ratio))
    found: dict[str, list[list[float]]] = {}
    for (metric, *_), ratios in by_key.items():
        if len(ratios) == len(compared) + 1:
            found.setdefault(metric, []).append(ratios)
    return found


def _has_ratio(quantity: OfTwoRuns) -> bool:
    return bool(quantity.baseline and quantity.candidate) and not quantity.metric.is_difference


def _is_zero_somewhere(quantity: OfTwoRuns) -> bool:
    return min((*quantity.baseline, *quantity.candidate)) <= 0


def _zero_somewhere(compared: Sequence[Sequence[OfTwoRuns]]) -> set[str]:
    """Return the metrics that are 0 in some turn of a run: they have no ratio."""
    found = (each for other in compared for each in other)
    return {each.metric.name for each in found if _has_ratio(each) and _is_zero_somewhere(each)}


def _require_same_thing(sweeps: Mapping[str, StoredSweep], one: str, other: str) -> None:
    ours, theirs = facts_of(sweeps[one]), facts_of(sweeps[other])
    differing = [
        f"{fact} ({ours.get(fact)} and {theirs.get(fact)})" if fact in _SAME else fact
        for fact in differing_facts(ours, theirs)
    ]
    if differing:
        message = (
            f"{one} and {other} are not runs of the same thing: they differ in {', '.join(differing)}; calibrate with "
            "sweeps of one machine and environment"
        )
        raise IncomparableError(message)
    of_other = {record.cell: record for record in sweeps[other].records}
    pairs = [(record, of_other[record.cell]) for record in sweeps[one].records if record.cell in of_other]
    try:
        require_same_work([pair for pair in pairs if all(record.is_comparable for record in pair)])
    except IncomparableError as error:
        message = f"{one} and {other}: {error}"
        raise IncomparableError(message) from error


def _forms(sweep: StoredSweep) -> list[Object]:
    # As they are stored: records that differ in nothing are unequal where one has a NaN.
    return [to_extra_info(record) for record in sweep.records]


def _notes(
    sweeps: Mapping[str, StoredSweep],
    runs: Sequence[Mapping[str, CellRecord]],
    common: Sequence[str],
    still: Sequence[str],
    zero: Sequence[str],
) -> list[str]:
    notes = []
    if len(sweeps) == _FEWEST:
        notes.append(f"{_FEWEST} sweeps say next to nothing; store {_ENOUGH} or more")
    elif len(sweeps) < _ENOUGH:
        notes.append(f"{len(sweeps)} sweeps say little; store {_ENOUGH} or more")
    left_out = sorted({name for run in runs for name in run} - set(common))
    if left_out:
        notes.append(f"not every sweep has rounds of {', '.join(left_out)}: left out")
    hosts = sorted({str(facts_of(sweep).get("node")) for sweep in sweeps.values()})
    if len(hosts) > 1:
        notes.append(f"measured on {', '.join(hosts)}: what these machines differ by is in it")
    notes += [f"{metric} doesn't differ between these sweeps: what is assumed of it stays" for metric in still]
    notes += [f"{metric} is 0 in a turn of a sweep, which has no ratio: what is assumed of it stays" for metric in zero]
    notes += [f"{name} is not whole: {sweep.stopped}" for name, sweep in sweeps.items() if sweep.stopped]
    return notes
