"""Releases from the command line with simulated sessions: what live workers would have measured, in no time.

Run as a program, it is `batchmark` with its releases replaced by stand-ins, of which v1.3.0 is 5 % slower.
"""

import subprocess
import sys
from collections.abc import Mapping

import numpy as np

import batchmark.doors.releases
from batchmark.doors.asv.suite import Place
from batchmark.doors.command_line import main
from batchmark.measurement.reference import KINDS
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.written.batch_sizes import parse_batch_sizes

EXAMPLES = 500
SLOWER = {"v1.3.0": 1.05}
"""From each of these releases on it takes that much longer."""


def measure_releases(
    place: Place, tracked: Tracked, numbers: Mapping[str, int], *, pass_started: int, progress: Progress
) -> dict[str, ReleaseSession]:
    """Return a session of each release, as if they had taken turns."""
    progress(phase="turns", done=0, of=1, detail="simulated")
    generator = np.random.default_rng([pass_started, len(numbers)])
    # An hour and turns of one speed for all, processes of their own speed, and visits that are late now and then.
    turns = 0.05 * np.sin(pass_started) + np.cumsum(generator.normal(0, 0.1, tracked.turns))
    return {
        commit: _session(place, tracked, commit, pass_started, turns + generator.normal(0, 0.003), generator)
        for commit in numbers
    }


def install_release(place: Place, commit: str) -> None:
    """Find everything installed."""


def _session(
    place: Place,
    tracked: Tracked,
    commit: str,
    pass_started: int,
    level: "np.typing.NDArray[np.float64]",
    generator: np.random.Generator,
) -> ReleaseSession:
    factor = float(np.prod([by for tag, by in SLOWER.items() if _is_since(place, tag, commit)]))
    records = []
    for loop in tracked.loops:
        for size in parse_batch_sizes(tracked.batch_sizes, examples=EXAMPLES):
            steps = -(-EXAMPLES // size)
            noise = np.exp(level + generator.exponential(0.01, tracked.turns))
            turns = (0.001 * steps + 0.00004 * EXAMPLES) * factor * noise
            records.append(_record(Cell(tracked.workload, size, loop), steps, turns.tolist()))
    return ReleaseSession(
        pass_started,
        records=tuple(records),
        reference_seconds={kind: tuple(generator.normal(0.005, 0.00001, tracked.turns).tolist()) for kind in KINDS},
        quality_losses={32: dict(enumerate(generator.normal(0.18, 0.01, tracked.seeds).tolist()))},
    )


def _record(cell: Cell, steps: int, seconds: list[float]) -> CellRecord:
    return CellRecord(
        cell=cell,
        workload_version=1,
        compilation=cell.loop,
        examples=EXAMPLES,
        steps_per_epoch=steps,
        first_epoch_seconds=1.0,
        seconds_per_round=tuple((each,) for each in seconds),
        learning_rate=0.01,
        seed=0,
        peak_host_bytes=700 << 20,
        instruments={"processor_seconds_per_epoch": tuple((1.5 * each,) for each in seconds)},
    )


def _is_since(place: Place, tag: str, commit: str) -> bool:
    command = ["git", "-C", str(place.repository), "merge-base", "--is-ancestor", tag, commit]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    # What the command looks up by this name when it runs.
    vars(batchmark.doors.releases).update(measure_releases=measure_releases, install_release=install_release)
    sys.exit(main())
