"""Two stored sweeps compared: what can be said of runs that did not take turns.

Between two runs lies another process and another hour; the turns of a run show neither. So what two runs of the same
thing differ by is an argument (`batchmark.analysis.stored_ratio`), and where nobody has measured it, a default that
makes small changes inconclusive.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from batchmark.analysis.intervals import simultaneous_level
from batchmark.analysis.stored_noise import BetweenRuns
from batchmark.comparison import Comparison, Environments, Policy
from batchmark.errors import IncomparableError
from batchmark.files.brief import BriefSweep
from batchmark.files.stored_noise import StoredNoise
from batchmark.files.sweep import StoredSweep, processor_in
from batchmark.measurement.hardware import GPU
from batchmark.metrics import table
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.comparability import require_comparable, require_same_work, unknown_hardware
from batchmark.studies.stored.quantities import OfTwoRuns, cells_of, is_counted, is_told, quantities

_MOST_NAMED = 6
# Sweeps: Student's t with one degree of freedom is enormous where several intervals hold together.
_NEXT_TO_NOTHING = 2


def compare_stored(
    baseline: StoredSweep,
    candidate: StoredSweep,
    policy: Policy,
    *,
    between_runs: Mapping[str, float] | None = None,
    measured: StoredNoise | None = None,
) -> Comparison:
    """Compare each cell that both sweeps hold.

    `between_runs` replaces what was `measured`, and that what the table of metrics has; noise that was measured on
    another machine, or of other workloads, counts for nothing and is told.

    The intervals of what the policy has a tolerance for hold together at its confidence; those of the rest are as
    wide. Quality isn't stored in a sweep, so it isn't compared.

    Raises IncomparableError: other hardware, other work under the same name, no cell in common.
    """
    environments = Environments(facts_of(baseline), facts_of(candidate))
    require_comparable(environments)
    sides = [{record.cell: record for record in sweep.records} for sweep in (baseline, candidate)]
    pairs = [(sides[0][cell], sides[1][cell]) for cell in sides[0] if cell in sides[1]]
    if not pairs:
        message = (
            f"baseline and candidate have no cell in common: {_named(sides[0])}, and {_named(sides[1])}; "
            "measure the same workloads, batch sizes and loops"
        )
        raise IncomparableError(message)
    trained = [(ours, theirs) for ours, theirs in pairs if ours.is_comparable and theirs.is_comparable]
    require_same_work(trained)
    if not any(ours.is_comparable for ours, _ in pairs):
        message = f"the baseline has rounds of none of the cells in common ({_named(sides[0])}); measure it again"
        raise IncomparableError(message)
    found = [each for each in quantities(pairs) if is_told(each, policy)]
    given = between_runs or {}
    unlike = measured and measured.unlike(environments.candidate, frozenset(each.workload for each in found))
    noise = _between_runs(found, given, None if unlike else measured)
    family = sum(is_counted(each, policy) for each in found)
    level = simultaneous_level(policy.confidence, max(family, 1))
    return Comparison(
        environment=environments,
        policy=policy,
        cells=cells_of(found, policy, noise, level),
        is_live=False,
        warnings=(
            *_caveats(baseline, candidate, noise, given),
            *([f"the noise of stored sweeps that is kept is not used: {unlike}"] if unlike else []),
            *unknown_hardware(environments),
            *_hosts(environments),
            *_not_compared(*sides),
            *_settings(trained),
        ),
        stopped=_stopped(baseline, candidate),
        between_runs={name: each.spread for name, each in noise.items()},
        runs_between={name: each.runs for name, each in noise.items() if each.runs is not None},
    )


def _between_runs(
    found: Sequence[OfTwoRuns], given: Mapping[str, float], measured: StoredNoise | None
) -> dict[str, BetweenRuns]:
    """Return what two runs of the same thing are taken to differ by, of each metric that is compared or in all files.

    What is `given` goes before what was `measured`, and that before what the table has.
    """
    known = {name: BetweenRuns(spread) for name, spread in table.between_runs().items()}
    if measured:
        known |= {name: BetweenRuns(spread, measured.runs) for name, spread in measured.spreads.items()}
    known |= {name: BetweenRuns(spread) for name, spread in given.items()}
    compared = {each.metric.name for each in found}
    return {name: each for name, each in known.items() if name in compared or not table.named(name).is_optional}


def facts_of(sweep: StoredSweep | BriefSweep) -> dict[str, object]:
    """Return where a stored sweep ran, as one flat mapping of plain values.

    A CPU that nothing else names is called as pytest-benchmark does.
    """
    theirs = {
        ("python" if key == "python_version" else key): sweep.machine_info[key]
        for key in ("python_version", "system", "release", "machine", "node")
        if key in sweep.machine_info
    }
    facts = dict(sweep.facts or {})
    if facts and facts.get("device_name") is None and facts.get("device") != GPU:
        facts["device_name"] = processor_in(sweep.machine_info)
    return {**theirs, **facts, "stored": sweep.datetime}


def _stopped(baseline: StoredSweep, candidate: StoredSweep) -> str | None:
    sweeps = {"baseline": baseline, "candidate": candidate}
    return "; ".join(f"the {name}'s sweep: {sweep.stopped}" for name, sweep in sweeps.items() if sweep.stopped) or None


def _caveats(
    baseline: StoredSweep, candidate: StoredSweep, noise: Mapping[str, BetweenRuns], given: Mapping[str, float]
) -> list[str]:
    spreads = ", ".join(f"{metric} {100 * each.spread:.3g} %" for metric, each in noise.items())
    when = f"{baseline.datetime} and {candidate.datetime}{_apart(baseline, candidate)}"
    drift = (
        f"the two were stored at different times ({when}), not measured in turns: what the machine did meanwhile looks "
        "like an effect; batchmark upgrade compares live"
    )
    spread = (
        f"two runs of the same thing are taken to differ by these standard deviations, {_by_whom(noise, given)}: "
        f"{spreads}; --noise, or batchmark calibrate --stored, takes this machine's own"
    )
    process = "each side is one process: what differs from process to process is only in that assumption"
    caveats = [drift, spread, process]
    if baseline.records == candidate.records:
        caveats.append("baseline and candidate are the same measurement")
    return caveats


def _by_whom(noise: Mapping[str, BetweenRuns], given: Mapping[str, float]) -> str:
    """Return where the noise is from, in words."""
    runs = {name: each.runs for name, each in noise.items() if each.runs is not None}
    assumed = noise.keys() - given.keys() - runs.keys()
    if not runs:
        return "assumed" if len(assumed) == len(noise) else "partly assumed" if assumed else "as given"
    amount = max(runs.values())
    measured = f"{', '.join(runs)} measured by {amount} sweeps"
    few = f" ({amount} sweeps say next to nothing; store 5 or more)" if amount == _NEXT_TO_NOTHING else ""
    rest = "" if len(runs) == len(noise) else ", the rest assumed" if assumed else ", the rest as given"
    return measured + few + rest


def _apart(baseline: StoredSweep, candidate: StoredSweep) -> str:
    try:
        apart = datetime.fromisoformat(candidate.datetime) - datetime.fromisoformat(baseline.datetime)
    except (ValueError, TypeError):
        # Not a date, or only one of them with a time zone.
        return ""
    return f", {abs(apart.total_seconds()) / 3600:.1f} hours apart"


def _hosts(environments: Environments) -> list[str]:
    hosts = [side.get("node") for side in (environments.baseline, environments.candidate)]
    if None in hosts or hosts[0] == hosts[1]:
        return []
    return [f"measured on two machines, {hosts[0]} and {hosts[1]}, that are alike as far as they tell"]


def _not_compared(baseline: Mapping[Cell, CellRecord], candidate: Mapping[Cell, CellRecord]) -> list[str]:
    untrained = [cell for cell in baseline if cell in candidate and not baseline[cell].is_comparable]
    left_out = {
        "only the baseline has": [cell for cell in baseline if cell not in candidate],
        "only the candidate has": [cell for cell in candidate if cell not in baseline],
        "the baseline has no rounds of": untrained,
    }
    return [f"{why} {_named(cells)}: not compared" for why, cells in left_out.items() if cells]


def _settings(pairs: list[tuple[CellRecord, CellRecord]]) -> list[str]:
    """Return what differs in how a workload was trained; it changes what is learned, hardly what an epoch takes."""
    found = {
        f"{baseline.cell.workload} was trained with learning rate {baseline.learning_rate:g} and "
        f"{candidate.learning_rate:g}: the workload may have changed": None
        for baseline, candidate in pairs
        if not _is_same(baseline.learning_rate, candidate.learning_rate)
    }
    return list(found)


def _is_same(ours: float, theirs: float) -> bool:
    # NaN is a learning rate of the model's own.
    return ours == theirs or (math.isnan(ours) and math.isnan(theirs))


def _named(cells: Mapping[Cell, CellRecord] | list[Cell]) -> str:
    names = list(map(str, cells))
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
