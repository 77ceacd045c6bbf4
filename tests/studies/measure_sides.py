"""How much memory two live workers take together, over what one takes alone.

`python tests/studies/measure_sides.py` opens the same cells in workers of this environment, as a comparison of two
sides does, lets them alternate, and reads the proportional set size of each process from Linux: a page that two
processes share, as TensorFlow's libraries, counts half for each. One worker alone and two together take turns.
"""

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import NoneType

from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import Burst, Opened
from batchmark.records import Cell
from batchmark.studies.sides import SHARING
from batchmark.studies.upgrade_plan import turns_of_restart


def proportional_bytes(process_id: int) -> int:
    """Return the memory of a process, shared pages divided among those that share them."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def bytes_together(workers: int, cells: Sequence[Cell], turns: int) -> int:
    """Open `cells` in so many workers, let them take `turns`, and return what they take together."""
    plan = turns_of_restart(1.0, seed=0)
    with ExitStack() as closed:
        live = [closed.enter_context(Worker(environment=SHARING)) for _ in range(workers)]
        seconds = {cell: max(_open(worker, cell, plan) for worker in live) for cell in cells}
        for turn in range(turns):
            for place in plan.places(seconds, turn):
                visit = plan.visit(place, seconds[place.cell])
                for worker in live:
                    worker.request("begin", NoneType, {"cell": asdict(place.cell)})
                for worker in live * plan.visits_of_a_side(seconds[place.cell]):
                    worker.request("go_on", Burst, asdict(visit))
                for worker in live:
                    worker.request("end", NoneType, {"cell": asdict(place.cell)})
        return sum(proportional_bytes(worker.process_id) for worker in live)


def _open(worker: Worker, cell: Cell, plan: Plan) -> float:
    how = {"loop": cell.loop, "seed": 0, "same_learning_rate": False}
    return worker.request("open", Opened, {"cell": asdict(cell), **how}).warm_epoch_seconds


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", default="blobs")
    parser.add_argument("--batch-sizes", default="32,64,256")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    cells = [Cell(asked.workload, int(size), "fit") for size in asked.batch_sizes.split(",")]
    ratios = []
    for repeat in range(asked.repeats):
        one, two = (bytes_together(workers, cells, asked.turns) for workers in (1, 2))
        ratios.append(two / one)
        sizes = f"one worker {one / 2**20:,.0f} MiB, two together {two / 2**20:,.0f} MiB"
        print(f"{repeat + 1}: {sizes}, {two / one:.3f}")  # noqa: T201  a script's result
    span = f"{min(ratios):.3f} to {max(ratios):.3f}"
    print(f"two over one: median {statistics.median(ratios):.3f}, {span}, n = {len(ratios)}")  # noqa: T201


if __name__ == "__main__":
    main()
