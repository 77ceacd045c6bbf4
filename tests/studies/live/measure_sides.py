"""What two live workers cost: their memory over one worker's, and the controller's share of the time.

`python tests/studies/measure_sides.py` opens the same cells in workers of this environment, as a comparison of two
sides does, lets them alternate, and reads the proportional set size of each process from Linux: a page that two
processes share, as TensorFlow's libraries, counts half for each. One worker alone and two together take turns. The
controller's share is the processor time of this process over the time that the turns of two workers took.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from batchmark.backends import SHARING
from batchmark.measurement.connection import Worker
from batchmark.measurement.runner import measure_sides
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.studies.live.plan import turns_of_restart


def proportional_bytes(process_id: int) -> int:
    """Return the memory of a process, shared pages divided among those that share them."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def bytes_and_share(workers: int, cells: Sequence[Cell], turns: int) -> tuple[int, float]:
    """Let so many workers measure `cells` for `turns`; return their memory in the last, and the controller's share."""
    plan = replace(turns_of_restart(1.0, seed=0), turns=turns, minimum_turns=turns)
    live = {str(number): Worker(environment=SHARING) for number in range(workers)}
    times: list[tuple[float, float]] = []
    together = 0

    def before_turn() -> None:
        nonlocal together
        times.append((time.perf_counter(), time.process_time()))
        if len(times) == turns:
            together = sum(proportional_bytes(worker.process_id) for worker in live.values())

    measure_sides(live, cells, plan, start_worker=live.__getitem__, progress=silent, before_turn=before_turn)
    (began, used), *_, (ended, used_until) = times
    return together, (used_until - used) / (ended - began)


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", default="blobs")
    parser.add_argument("--batch-sizes", default="32,64,256")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    cells = [Cell(asked.workload, int(size), "fit") for size in asked.batch_sizes.split(",")]
    ratios, shares = [], []
    for _ in range(asked.repeats):
        (one, _), (two, share) = (bytes_and_share(workers, cells, asked.turns) for workers in (1, 2))
        ratios.append(two / one)
        shares.append(share)
        sizes = f"one worker {one / 2**20:,.0f} MiB, two together {two / 2**20:,.0f} MiB"
        print(f"{sizes}, {two / one:.3f}; controller {share:.2%}", flush=True)  # noqa: T201  a script's result
    for what, found in (("two over one", ratios), ("controller's share", shares)):
        span = f"{min(found):.4f} to {max(found):.4f}"
        print(f"{what}: median {statistics.median(found):.4f}, {span}, n = {len(found)}")  # noqa: T201


if __name__ == "__main__":
    main()
