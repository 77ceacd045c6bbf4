"""Sessions with releases: a workload's whole sweep in a live worker of each release, all of them taking turns."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from batchmark.bounds import Number
from batchmark.errors import BatchmarkError, interruption
from batchmark.measurement.live_workers import LiveWorkers
from batchmark.measurement.plan import Plan
from batchmark.measurement.reference import KINDS, reference_seconds
from batchmark.progress import Progress, silent
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.sides import StartWorker, run_sides
from batchmark.studies.quality.study import train_in
from batchmark.studies.sweep.memory import with_memory
from batchmark.workloads import Description
from batchmark.written.batch_sizes import parse_batch_sizes

# What is measured after the turns doesn't depend on what else runs; a GPU's memory is given to one process at a time.
_SIDE_BY_SIDE = 2


@dataclass(frozen=True)
class Tracked:
    """What of a workload is tracked across releases. The same for all of them: a change starts a new history."""

    workload: str
    batch_sizes: str
    """In the grammar of `batchmark.written.batch_sizes`."""
    loops: tuple[str, ...] = ("fit", "compiled")
    turns: int = 5
    """In a session: two sessions have more than the seven samples that asv's own test needs to be ever significant."""
    seconds_per_cell: float = 0.08
    """What a turn spends on a cell: less than in a sweep, because what differs is sessions and not turns."""
    seeds: int = 5
    """Trainings in a session, at the reference batch size, for the quality after the workload's epochs."""
    first_epoch_limit_seconds: float = 60.0
    version: int = 1
    """Raised whenever a change makes older samples incomparable: asv then begins the series anew."""

    def sizes(self, description: Description) -> tuple[int, ...]:
        """Return the batch sizes, ascending."""
        return parse_batch_sizes(self.batch_sizes, examples=description.examples)

    def memory_sizes(self, description: Description) -> tuple[int, ...]:
        """Return the batch sizes whose memory is measured: a process each takes long, so the largest alone."""
        return self.sizes(description)[-1:]


@dataclass(frozen=True)
class ReleaseSession:
    """What one session measured, whole or in part."""

    pass_started: int
    """When the pass began, in seconds since 1970: sessions that share it took turns."""
    records: tuple[CellRecord, ...] = ()
    reference_seconds: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    """The machine's own speed by kind, one value before each turn."""
    quality_losses: dict[int, dict[int, float]] = field(default_factory=dict)
    """1 - quality after the workload's epochs, by batch size and seed; NaN where that seed's training diverged."""
    facts: dict[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """Why something is missing: what could not be measured, in a line each."""

    @property
    def has_measured(self) -> bool:
        """Whether there is anything to compare."""
        return any(record.is_comparable for record in self.records)

    def of_loop(self, loop: str) -> tuple[CellRecord, ...]:
        """Return the records of one loop that hold rounds and can be compared."""
        return tuple(record for record in self.records if record.cell.loop == loop and record.is_comparable)


@dataclass(frozen=True)
class Side:
    """A release that takes part in a pass."""

    start_worker: StartWorker
    number: int = 1
    """Of its session, from 1: each trains seeds of its own, and memory is measured in the first."""


def run_release_sessions(
    tracked: Tracked,
    description: Description,
    sides: Mapping[str, Side],
    *,
    pass_started: int,
    progress: Progress,
    measure_reference: Callable[[], dict[str, float]] = reference_seconds,
) -> dict[str, ReleaseSession]:
    """Measure what is `tracked` of a workload with each of `sides`, by name, taking turns; a session each.

    What fails is named under a session's `problems`, and the rest goes on.

    Raises KeyboardInterrupt: a pass is whole or not at all.
    """
    reference: dict[str, list[float]] = {kind: [] for kind in KINDS}

    def before_turn() -> None:
        for kind, seconds in measure_reference().items():
            reference[kind].append(seconds)

    plan = Plan(
        turns=tracked.turns,
        minimum_turns=tracked.turns,
        seed=pass_started,
        first_epoch_limit_seconds=tracked.first_epoch_limit_seconds,
        waits_longer=f"first_epoch_limit_seconds=... of what is tracked of {tracked.workload} waits longer",
        seconds_per_cell=tracked.seconds_per_cell,
    )
    cells = [
        Cell(tracked.workload, size, loop) for loop in tracked.loops for size in reversed(tracked.sizes(description))
    ]
    sweeps = run_sides(
        {name: side.start_worker for name, side in sides.items()},
        cells,
        plan,
        description,
        progress=progress,
        before_turn=before_turn,
    )
    if by_user := [sweep.stopped for sweep in sweeps.values() if sweep.interrupted]:
        raise interruption(by_user[0])
    sessions = {
        name: ReleaseSession(
            pass_started=pass_started,
            records=sweep.records,
            reference_seconds={kind: tuple(seconds) for kind, seconds in reference.items()} if sweep.records else {},
            facts=sweep.facts,
            problems=_problems(sweep.records) if sweep.records else (str(sweep.stopped),),
        )
        for name, sweep in sweeps.items()
    }
    return _with_the_rest(tracked, description, sides, sessions, progress)


def _problems(records: Sequence[CellRecord]) -> tuple[str, ...]:
    """Return why cells have no rounds: a line for each reason."""
    cells_by_reason: dict[str, list[str]] = {}
    for record in records:
        if not record.is_comparable:
            cells_by_reason.setdefault(record.warnings[-1], []).append(str(record.cell))
    return tuple(
        f"{cells[0]}{f' and {len(cells) - 1} more cells' if len(cells) > 1 else ''}: {reason}"
        for reason, cells in cells_by_reason.items()
    )


def _with_the_rest(
    tracked: Tracked,
    description: Description,
    sides: Mapping[str, Side],
    sessions: Mapping[str, ReleaseSession],
    progress: Progress,
) -> dict[str, ReleaseSession]:
    """Return `sessions` with quality and memory, each in fresh processes, of those that have anything."""
    found = dict(sessions)
    measured = [name for name, session in sessions.items() if session.records]
    on_gpu = any(session.facts.get("device") == "GPU" for session in sessions.values())
    live = LiveWorkers()

    def rest(name: str) -> ReleaseSession:
        side = Side(lambda: live.start(sides[name].start_worker), sides[name].number)
        return _with_memory(tracked, description, side, _with_quality(tracked, description, side, sessions[name]))

    with ThreadPoolExecutor(1 if on_gpu else _SIDE_BY_SIDE) as pool:
        try:
            names = {pool.submit(rest, name): name for name in measured}
            progress(phase="quality and memory", done=0, of=len(names), detail="in fresh processes")
            for done, answer in enumerate(as_completed(names), start=1):
                found[names[answer]] = answer.result()
                progress(phase="quality and memory", done=done, of=len(names), detail=names[answer])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            live.end()
            raise
    return found


def _with_quality(tracked: Tracked, description: Description, side: Side, session: ReleaseSession) -> ReleaseSession:
    if not description.quality_metric or not tracked.seeds:
        return session
    seeds = range((side.number - 1) * tracked.seeds, side.number * tracked.seeds)
    size = description.reference_batch_size
    try:
        with side.start_worker() as worker:
            trainings = train_in(worker, same_learning_rate=False, progress=silent)(description, size, seeds)
    except BatchmarkError as error:
        return replace(session, problems=(*session.problems, f"quality: {error}"))
    losses = {seed: 1 - quality for seed, quality in zip(seeds, trainings.fresh_quality, strict=True)}
    return replace(session, quality_losses={size: losses})


def _with_memory(tracked: Tracked, description: Description, side: Side, session: ReleaseSession) -> ReleaseSession:
    if side.number > 1:
        return session
    sizes = tracked.memory_sizes(description)
    chosen = [record for record in session.records if record.cell.batch_size in sizes]
    probed = with_memory(chosen, seed=0, progress=silent, start_worker=lambda _: side.start_worker(), at_once=1)
    by_cell = {record.cell: record for record in probed}
    return replace(session, records=tuple(by_cell.get(record.cell, record) for record in session.records))
