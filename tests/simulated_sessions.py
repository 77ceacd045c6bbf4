"""Sessions with releases, simulated: what a suite's `setup_cache` would have measured, in no time."""

import os
import subprocess
from collections.abc import Mapping

import numpy as np

from batchmark.batch_sizes import parse_batch_sizes
from batchmark.measurement.reference import KINDS
from batchmark.records import Cell, CellRecord
from batchmark.studies.release_session import ReleaseSession, Tracked
from batchmark.timeline import settings

EXAMPLES = 500


def simulated_session(tracked: Tracked, slower: Mapping[str, float]) -> ReleaseSession:
    """Return a session of the release that asv chose; from each release in `slower` on it takes that much longer."""
    repository, commit = os.environ[settings.REPOSITORY], os.environ[settings.COMMIT]
    number = int(os.environ.get(settings.SESSION, "1"))
    generator = np.random.default_rng([number, int(commit[:8], 16)])
    factor = float(np.prod([by for tag, by in slower.items() if _is_since(repository, tag, commit)]))
    # An hour of one speed a pass, a session of its own speed, and turns that are late now and then.
    level = 0.05 * np.sin(number) + generator.normal(0, 0.003)
    records = []
    for loop in tracked.loops:
        for size in parse_batch_sizes(tracked.batch_sizes, examples=EXAMPLES):
            steps = -(-EXAMPLES // size)
            noise = np.exp(level + generator.exponential(0.01, tracked.turns))
            turns = (0.001 * steps + 0.00004 * EXAMPLES) * factor * noise
            records.append(_record(Cell(tracked.workload, size, loop), steps, number, turns.tolist()))
    return ReleaseSession(
        number=number,
        records=tuple(records),
        reference_seconds={kind: tuple(generator.normal(0.005, 0.00001, tracked.turns)) for kind in KINDS},
        quality_losses={32: tuple(generator.normal(0.18, 0.01, tracked.seeds))},
    )


def _record(cell: Cell, steps: int, number: int, seconds: list[float]) -> CellRecord:
    return CellRecord(
        cell=cell,
        workload_version=1,
        compilation=cell.loop,
        examples=EXAMPLES,
        steps_per_epoch=steps,
        first_epoch_seconds=1.0,
        seconds_per_round=tuple((each,) for each in seconds),
        learning_rate=0.01,
        seed=number,
        peak_host_bytes=700 << 20,
    )


def _is_since(repository: str, tag: str, commit: str) -> bool:
    command = ["git", "-C", repository, "merge-base", "--is-ancestor", tag, commit]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
