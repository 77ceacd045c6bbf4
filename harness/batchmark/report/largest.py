"""The largest batch size that trains, as text."""

import re
from textwrap import shorten

from batchmark.backends import PROPER_NAMES
from batchmark.records import Cell
from batchmark.report.environment import render_environment
from batchmark.report.proof import say_proof
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import NOTHING
from batchmark.report.wrapping import wrapped
from batchmark.studies.sweep.largest import Largest, Outcome, Probe
from batchmark.written.byte_sizes import format_bytes

_REASON = 48
_COLUMNS = (
    Column("probe"),
    Column("batch size"),
    Column("outcome", justify="left"),
    Column("peak memory"),
    Column("why", justify="left", may_fold=True),
)
# What TensorFlow says before it comes to the point.
_TO_THE_POINT = re.compile(r"OOM when allocating tensor with shape\[[^\]]*\]|[Cc]ould not [\w ]+|std::bad_alloc")
# What a report on probes need not say, and TensorFlow's usual last words.
_AROUND_IT = re.compile(r" while it did '\w+'|; its last words: .*|; it was ended", re.DOTALL)


def render_largest(result: Largest) -> str:
    """Return the answer in a line, where it was found and what was enforced, and every probe."""
    proven = [] if result.proof is None else [say_proof(result.loop, result.proof)]
    lines = [_answer(result), *proven, render_environment(result.facts), *_notes(result)]
    return "\n".join([wrapped(lines, WIDTH), "", _table(result)])


def _answer(result: Largest) -> str:
    found = result.boundary
    where = f"{result.workload}, loop {Cell(result.workload, 1, result.loop, result.backend).way}: "
    probes = f"{len(found.probes)} probe{'' if len(found.probes) == 1 else 's'}"
    if result.stopped:
        return f"{where}not finished: {result.stopped} after {probes}. Until then {_so_far(result)}."
    if found.answer is None:
        return f"{where}not even batch size 1 trains within {_limit(result)}: {_why_not(result)}; {probes}."
    trains = f"{where}batch size {found.answer:,} trains within {_limit(result)}"
    if found.smallest_failing is None:
        return f"{trains}, and that is {_maximum(result)}: larger ones were not tried; {probes}."
    return f"{trains}; {found.smallest_failing:,} does not: {_why_not(result)}; {probes}."


def _so_far(result: Largest) -> str:
    found = result.boundary
    known = [] if found.answer is None else [f"batch size {found.answer:,} trained{'' if found.verified else ' once'}"]
    known += [] if found.smallest_failing is None else [f"{found.smallest_failing:,} did not: {_why_not(result)}"]
    return "; ".join(known)


def _limit(result: Largest) -> str:
    return f"the memory of {_card(result)}" if result.memory_limit is None else format_bytes(result.memory_limit)


def _card(result: Largest) -> str:
    return str(result.facts.get("device_name") or "the GPU")


def _maximum(result: Largest) -> str:
    return f"all {result.examples:,} examples" if result.maximum == result.examples else "the maximum asked for"


def _why_not(result: Largest) -> str:
    size = result.boundary.smallest_failing
    reasons = [_in_short(probe) for probe in result.boundary.probes if probe.batch_size == size and not probe.trained]
    return reasons[-1]


def _in_short(probe: Probe) -> str:
    point = _TO_THE_POINT.search(probe.reason)
    said = point[0] if point and probe.outcome is Outcome.OUT_OF_MEMORY else _AROUND_IT.sub("", probe.reason)
    return shorten(said, _REASON, placeholder=" …")


def _notes(result: Largest) -> list[str]:
    found = result.boundary
    notes = [_enforced(result)]
    if result.limit_is_ours and not result.on_gpu:
        available = format_bytes(result.available_bytes)
        notes.append(f"No --memory-limit was given: it is 90 % of the {available} that were available at the start.")
    elif not result.on_gpu and (result.memory_limit or 0) > result.available_bytes:
        available = format_bytes(result.available_bytes)
        notes.append(f"Only {available} were available at the start: a no may be the machine's, not the limit's.")
    notes.append(
        "Each probe is a fresh process that trains an epoch, at least 10 full steps, and evaluates at its batch size."
        + (" The answer did so twice." if found.verified else "")
    )
    notes.extend(_unsteady(result))
    if any(probe.batch_size > result.examples for probe in found.probes):
        notes.append(
            f"Above {result.examples:,} the data are repeated, and take the memory that so many examples would."
        )
    if any(probe.diverged for probe in found.probes):
        notes.append("The loss stopped being finite in some probes: memory doesn't depend on it, quality does.")
    if any(probe.outcome is Outcome.SILENT for probe in found.probes):
        notes.append(
            f"A probe that took more than {result.probe_seconds:g} s counts as a no; if an epoch takes that long, "
            "use a larger --probe-timeout."
        )
    return notes


def _unsteady(result: Largest) -> list[str]:
    """Say which batch sizes trained in one probe and failed in another."""
    by_size: dict[int, list[bool]] = {}
    for probe in result.boundary.probes:
        by_size.setdefault(probe.batch_size, []).append(probe.trained)
    return [
        f"Batch size {size:,} trained in {sum(trained)} of {len(trained)} probes: it lies on the boundary, and the "
        "same training can take more memory in one process than in another."
        for size, trained in by_size.items()
        if len(set(trained)) > 1
    ]


def _enforced(result: Largest) -> str:
    if result.memory_limit is None:
        return (
            f"The limit is what {_card(result)} has free: what else runs on it takes its part. "
            "The machine's own memory is not limited."
        )
    return (
        f"The limit is on the process: resident memory at its peak, with the {format_bytes(result.imported_bytes)} "
        f"that importing {PROPER_NAMES[result.backend]} takes. A process that exceeds it is ended."
    )


def _table(result: Largest) -> str:
    rows = [
        (f"{number}", f"{probe.batch_size:,}", _outcome(probe), _peak(probe), _why(probe))
        for number, probe in enumerate(result.boundary.probes, start=1)
    ]
    return render_table(_COLUMNS, rows, width=WIDTH)


def _outcome(probe: Probe) -> str:
    return f"{probe.outcome.value}, diverged" if probe.diverged else probe.outcome.value


def _why(probe: Probe) -> str:
    # The outcome says it.
    return "" if probe.outcome is Outcome.ABOVE_LIMIT else _in_short(probe)


def _peak(probe: Probe) -> str:
    peak = probe.peak_host_bytes if probe.peak_device_bytes is None else probe.peak_device_bytes
    return NOTHING if peak is None else format_bytes(peak)
