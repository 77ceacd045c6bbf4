"""Sides taking turns: the same cells in several environments, each in a live worker of its own, visit by visit."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from batchmark.backends import TENSORFLOW
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.hardware import GPU, gpu_facts
from batchmark.measurement.live_workers import LiveWorkers
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.runner import measure_sides
from batchmark.measurement.sitting import Proofs
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description

StartWorker = Callable[[], Worker]


# Importing TensorFlow keeps a core busy: more at once gain nothing on a small machine.
_START_AT_ONCE = 2


def run_sides(
    sides: Mapping[str, StartWorker],
    cells: Sequence[Cell],
    plan: Plan,
    description: Description,
    *,
    progress: Progress,
    before_turn: Callable[[], None] = lambda: None,
    compilation: Mapping[str, str] | None = None,
    apart: Sequence[Sequence[str]] = (),
    proofs: Mapping[str, Proofs] | None = None,
) -> dict[str, Sweep]:
    """Measure `cells`, all of one workload, by `plan`, in a worker of each side, taking turns; once, without a restart.

    A side that can't be started has a Sweep without records, which says why; the others go on. On Ctrl-C what was
    measured until then is returned, marked as interrupted. No worker is left behind. `compilation` fixes what runs the
    loop ``compiled``, `apart` names the sides that alternate among themselves, and `proofs` holds by side what was
    proven in its environment, as in `batchmark.measurement.runner.measure_sides`.

    Raises KeyboardInterrupt: before any side was measured.
    """
    host = host_facts()
    with ExitStack() as closed:
        live = LiveWorkers()
        closed.callback(live.end)
        workers, failed = _started(sides, closed, live)
        facts = {name: {**own, **host} for name, own in _facts(workers, live, failed, progress).items()}
        gpus = next((gpu_facts(own) for own in facts.values() if own.get("device") == GPU), {})
        facts = {name: {**own, **(gpus if own.get("device") == GPU else {})} for name, own in facts.items()}
        measured = (
            measure_sides(
                {name: workers[name] for name in facts},
                cells,
                plan,
                start_worker=lambda name: sides[name](),
                progress=progress,
                before_turn=before_turn,
                compilation=compilation,
                backends={name: str(own.get("keras_backend", TENSORFLOW)) for name, own in facts.items()},
                apart=[[name for name in names if name in facts] for names in apart],
                proofs=proofs,
            )
            if facts
            else {}
        )
    tokens = description.tokens_per_example
    return {
        name: Sweep(
            tuple(replace(record, tokens_per_example=tokens) for record in measured[name].records),
            facts[name],
            measured[name].stopped,
            measured[name].interrupted,
        )
        if name in measured
        else Sweep((), {}, failed[name])
        for name in sides
    }


def _started(
    sides: Mapping[str, StartWorker], closed: ExitStack, live: LiveWorkers
) -> tuple[dict[str, Worker], dict[str, str]]:
    """Return a worker for each side, which `closed` closes, and why there is none of the others."""
    workers: dict[str, Worker] = {}
    failed: dict[str, str] = {}
    for name, start in sides.items():
        try:
            workers[name] = closed.enter_context(live.start(start))
        except BatchmarkError as error:
            failed[name] = str(error)
    return workers, failed


def _facts(
    workers: Mapping[str, Worker], live: LiveWorkers, failed: MutableMapping[str, str], progress: Progress
) -> dict[str, dict[str, object]]:
    """Return what each worker runs on, and put those that can't say it into `failed`, with the reason."""
    facts: dict[str, dict[str, object]] = {}
    with ThreadPoolExecutor(_START_AT_ONCE) as pool:
        try:
            asked = {name: pool.submit(worker.ask, requests.Facts()) for name, worker in workers.items()}
            for done, (name, answer) in enumerate(asked.items()):
                progress(phase="start", done=done, of=len(asked), detail=f"importing Keras: {name}")
                try:
                    facts[name] = answer.result()
                except BatchmarkError as error:
                    failed[name] = str(error)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            live.end()
            raise
    return facts
