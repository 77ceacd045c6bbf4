"""The largest batch size that trains within a memory limit, each probe in a fresh process."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Self

from batchmark.analysis.largest import Boundary, boundary, find_largest, most_probes
from batchmark.backends import PROPER_NAMES, TENSORFLOW
from batchmark.errors import BatchmarkError, WorkerDiedError, WorkerSilentError, why_stopped
from batchmark.loops import FIT
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.hardware import require_gpu
from batchmark.measurement.machine_memory import MachineMemory, machine_memory
from batchmark.measurement.memory import ABOVE_LIMIT
from batchmark.measurement.protocol import requests
from batchmark.progress import Progress
from batchmark.proofs import Proof
from batchmark.records import Cell
from batchmark.studies.sweep.on_backends import backend_worker
from batchmark.workloads import Description
from batchmark.written.byte_sizes import format_bytes

DEFAULT_PROBE_SECONDS = 300.0
DEFAULT_SHARE = 0.9
"""Of the memory that is available: the limit on a CPU where none is given."""
_SEED = 0
_TRAININGS_A_PROCESS = 5
# A smaller batch has a longer epoch, and says nothing on the largest one: the search begins at no more steps.
_MOST_FIRST_STEPS = 200
# As TensorFlow, oneDNN, numpy, Python and C++ say it.
_NO_MEMORY = re.compile(
    r"ResourceExhausted|RESOURCE_EXHAUSTED|\bOOM\b|MemoryError|bad_alloc|out of memory|could not execute a primitive|"
    r"could not create a (?:primitive|memory)|(?:cannot|can't|unable to|failed to) allocate",
    re.IGNORECASE,
)


class Outcome(StrEnum):
    """How a probe ended."""

    TRAINED = "trains"
    ABOVE_LIMIT = "above the limit"
    """It had more memory than the limit, and was ended then or had already trained."""
    OUT_OF_MEMORY = "out of memory"
    """An allocation failed."""
    FAILED = "fails"
    """Another error ended it."""
    DIED = "died"
    """Its process crashed or was killed."""
    SILENT = "hung"
    """It took longer than it was given, and was ended."""


@dataclass(frozen=True)
class Probe:
    """One training in small, in a process of its own."""

    batch_size: int
    outcome: Outcome
    reason: str = ""
    """Why it is a no, as the process said it."""
    peak_host_bytes: int | None = None
    """The most memory the process had resident; None where it didn't finish."""
    peak_device_bytes: int | None = None
    """The same on the GPU; None without one."""
    diverged: bool = False
    """Whether the loss stopped being finite, which takes no other memory."""

    @property
    def trained(self) -> bool:
        """Whether it is a yes."""
        return self.outcome is Outcome.TRAINED


@dataclass(frozen=True)
class Largest:
    """The largest batch size that trains, and every probe behind it."""

    workload: str
    loop: str
    examples: int
    maximum: int
    boundary: Boundary[Probe]
    memory_limit: int | None
    """In bytes, on the process; None on a GPU, whose own memory is the limit."""
    limit_is_ours: bool
    """Whether nobody gave a limit, and it is a share of what the machine had available."""
    available_bytes: int
    """What the machine, or its container, had available when the search began."""
    imported_bytes: int
    """What a process takes that has only imported what runs Keras."""
    probe_seconds: float
    """How long a probe was given."""
    facts: dict[str, object]
    stopped: str | None
    """Why the search is not at its end, or None."""
    backend: str = TENSORFLOW
    """What ran Keras."""
    proof: Proof | None = None
    """That the loop does ``fit``'s work on this model; None for ``fit`` itself."""

    @property
    def on_gpu(self) -> bool:
        """Whether the limit is a card's."""
        return self.memory_limit is None


def run_largest(
    workload: Description,
    *,
    progress: Progress,
    loop: str = FIT,
    backend: str = TENSORFLOW,
    needs_gpu: bool = False,
    memory_limit: int | None = None,
    maximum: int | None = None,
    first: int | None = None,
    probe_seconds: float = DEFAULT_PROBE_SECONDS,
    start_worker: Callable[[], Worker] | None = None,
    memory_of_machine: Callable[[], MachineMemory] = machine_memory,
) -> Largest:
    """Find the largest batch size whose training, with an evaluation, stays within the memory limit.

    `memory_limit` in bytes, on a CPU; None: 90 % of what is available. `maximum`: the largest batch size to try;
    None: all examples. A larger one repeats the data. `first`: where the search begins; None: at the workload's own,
    or at no more than 200 steps an epoch. A probe that crashes, is killed or takes more than
    `probe_seconds` is a no. Ctrl-C ends the search; the probes done until then give the result.

    Raises BatchmarkError: a limit that can't be, a loop that does other work than ``fit``, or a first probe that fails
    for another reason than memory; no GPU where it `needs_gpu`.
    MissingPackageError: the backend is not installed. KeyboardInterrupt: before there was a probe.
    """
    machine = memory_of_machine()
    start_one = start_worker or partial(backend_worker, backend)
    progress(phase="start", done=0, of=1, detail=f"importing {PROPER_NAMES[backend]}")
    with start_one() as worker:
        facts = {**worker.ask(requests.Facts()), **host_facts()}
        if needs_gpu:
            require_gpu(facts, PROPER_NAMES[backend])
        imported = worker.ask(requests.PeakHostBytes())
        proof = _proven(worker, workload.name, loop, probe_seconds)
    limit = _limit_on(facts, memory_limit, machine, imported, PROPER_NAMES[backend])
    largest = workload.examples if maximum is None else maximum
    start = first or max(workload.reference_batch_size, -(-workload.examples // _MOST_FIRST_STEPS))
    probes: list[Probe] = []
    most = most_probes(start=start, maximum=largest)

    def probe(size: int) -> Probe:
        progress(phase="probes", done=len(probes), of=max(most, len(probes) + 1), detail=f"batch size {size:,}")
        cell = Cell(workload.name, size, loop, backend)
        probes.append(_probe(cell, limit, probe_seconds, start_one, may_fail=bool(probes)))
        return probes[-1]

    stopped: str | None = None
    try:
        found = find_largest(probe, start=start, maximum=largest)
    except KeyboardInterrupt as error:
        if not probes:
            raise
        found, stopped = boundary(probes, start=start, maximum=largest), why_stopped(error)
    return Largest(
        workload=workload.name,
        loop=loop,
        examples=workload.examples,
        maximum=largest,
        boundary=found,
        memory_limit=limit,
        limit_is_ours=memory_limit is None,
        available_bytes=machine.available,
        imported_bytes=imported,
        probe_seconds=probe_seconds,
        facts=facts,
        stopped=stopped,
        backend=backend,
        proof=proof,
    )


def train_again(
    found: Largest,
    size: int,
    times: int,
    *,
    progress: Progress,
    start_worker: Callable[[], Worker] | None = None,
) -> tuple[Probe, ...]:
    """Train at `size` so many `times` more as the search `found` did, each with weights of its own, five a process.

    The same training takes more memory in some processes than in others, and a process that has trained before has
    less to spare. After one that fails the next begins in a fresh process. Ctrl-C raises KeyboardInterrupt.
    """
    start_one = start_worker or partial(backend_worker, found.backend)
    cell = Cell(found.workload, size, found.loop, found.backend)
    probes: list[Probe] = []
    while len(probes) < times:
        with _Kept(start_one) as kept:
            for _ in range(min(_TRAININGS_A_PROCESS, times - len(probes))):
                progress(phase="memory", done=len(probes), of=times, detail=f"trainings at batch size {size:,}")
                seed = _SEED + 1 + len(probes)
                probes.append(_probe(cell, found.memory_limit, found.probe_seconds, kept, may_fail=True, seed=seed))
                if not probes[-1].trained:
                    break
    return tuple(probes)


class _Kept:
    """One worker, as a worker that is started for each probe is asked: it ends with the block, not with a probe."""

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self._stack = ExitStack()
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def __call__(self) -> AbstractContextManager[Worker]:
        if self._worker is None:
            self._worker = self._stack.enter_context(self._start())
        return nullcontext(self._worker)


def _proven(worker: Worker, workload: str, loop: str, seconds: float) -> Proof | None:
    """Return that `loop` does ``fit``'s work on the workload's model; None for ``fit`` itself.

    Raises BatchmarkError: it doesn't.
    """
    if loop == FIT:
        return None
    proof = worker.ask(requests.Prove(workload, loop), timeout_seconds=seconds)
    if proof.is_refused:
        message = f"{loop} is refused, it does other work than fit on this model: {proof.reason}; use --loop fit"
        raise BatchmarkError(message)
    return proof


def _limit_on(
    facts: dict[str, object], asked: int | None, machine: MachineMemory, imported: int, proper_name: str
) -> int | None:
    """Return the limit on a process in bytes; None on a GPU."""
    if facts.get("device") == "GPU":
        if asked is not None:
            message = "--memory-limit is for a CPU; on this GPU the card's own memory is the limit: leave it out"
            raise BatchmarkError(message)
        return None
    if asked is not None and asked > machine.total:
        message = (
            f"a memory limit of {format_bytes(asked)} exceeds this machine's {format_bytes(machine.total)}; "
            "use a smaller --memory-limit, or leave it out"
        )
        raise BatchmarkError(message)
    limit = int(DEFAULT_SHARE * machine.available) if asked is None else asked
    if limit <= imported:
        what = "90 % of the memory available, " if asked is None else "a memory limit of "
        message = (
            f"{what}{format_bytes(limit)}, is taken by importing {proper_name} alone, which needs "
            f"{format_bytes(imported)}; use a larger --memory-limit"
        )
        raise BatchmarkError(message)
    return limit


def _probe(
    cell: Cell,
    limit: int | None,
    seconds: float,
    start_worker: Callable[[], AbstractContextManager[Worker]],
    *,
    may_fail: bool,
    seed: int = _SEED,
) -> Probe:
    """Probe one batch size; unless it `may_fail`, an error that is not about memory is raised."""
    try:
        with start_worker() as worker:
            probed = worker.ask(requests.Probe(cell, seed, limit), timeout_seconds=seconds)
    except WorkerSilentError as error:
        return Probe(cell.batch_size, Outcome.SILENT, str(error))
    except WorkerDiedError as error:
        if ABOVE_LIMIT in str(error):
            return Probe(cell.batch_size, Outcome.ABOVE_LIMIT, ABOVE_LIMIT)
        return Probe(cell.batch_size, Outcome.DIED, str(error))
    except BatchmarkError as error:
        if _NO_MEMORY.search(str(error)):
            return Probe(cell.batch_size, Outcome.OUT_OF_MEMORY, str(error))
        if not may_fail:
            raise
        return Probe(cell.batch_size, Outcome.FAILED, str(error))
    above = limit is not None and probed.peak_host_bytes > limit
    return Probe(
        cell.batch_size,
        Outcome.ABOVE_LIMIT if above else Outcome.TRAINED,
        ABOVE_LIMIT if above else "",
        peak_host_bytes=probed.peak_host_bytes,
        peak_device_bytes=probed.peak_device_bytes,
        diverged=probed.diverged,
    )
