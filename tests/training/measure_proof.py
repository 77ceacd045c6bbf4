"""What a proof costs, by workload and loop: `python tests/training/measure_proof.py [WORKLOAD ...]`.

Total is what a user waits. Beyond compilation is what is left without tracing and compiling: of the loop, what its
first two epochs took longer than its next two, and what tracing the step took. ``fit``'s own short trainings are found
once a workload, for all its loops. Run nothing else meanwhile.
"""

import os
import sys
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from batchmark.loops import COMPILED_GRAPH, COMPILED_XLA, FIT, FIT_JIT_COMPILE, FIT_STEPS_PER_EXECUTION
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import InOrder
from batchmark.training.excerpt import EPOCHS
from batchmark.training.loading import load
from batchmark.training.open_loop import loop_around
from batchmark.training.proof import prove
from batchmark.workloads import built_in_workloads

_LOOPS = (FIT_STEPS_PER_EXECUTION, FIT_JIT_COMPILE, COMPILED_GRAPH, COMPILED_XLA)
_REPEATS = 3


def main(names: list[str]) -> None:
    """Print a line for each workload and loop: medians of three, in seconds."""
    _tell("workload", "loop", "total", "beyond compilation", "outcome")
    for name in names or built_in_workloads():
        load(name)
        found = [_of_workload(name) for _ in range(_REPEATS)]
        for loop in (FIT, *_LOOPS):
            total, beyond = median(each[loop][0] for each in found), median(each[loop][1] for each in found)
            outcomes = {str(each[loop][2]) for each in found}
            _tell(name, loop, f"{total:.2f}", f"{beyond:.2f}", ", ".join(sorted(outcomes)))


def _tell(name: str, loop: str, total: str, beyond: str, outcome: str) -> None:
    sys.stdout.write(f"{name:14} {loop:24} {total:>7} {beyond:>20}  {outcome}\n")
    sys.stdout.flush()


def _of_workload(name: str) -> dict[str, tuple[float, float, object]]:
    beside = BesideFit(load(name))
    total = _seconds(lambda: beside.steps)
    # Three models are traced, and trained by fit.
    found: dict[str, tuple[float, float, object]] = {
        FIT: (total, max(0.0, total - 3 * (_tracing(beside) + _compilation(beside, FIT))), "the other side")
    }
    for loop in _LOOPS:
        outcome: list[object] = []
        total = _seconds(lambda loop=loop, outcome=outcome: outcome.append(prove(loop, beside).outcome))  # type: ignore[misc]  # mypy can't infer a lambda's default
        beyond = max(0.0, total - _tracing(beside) - _compilation(beside, loop))
        found[loop] = (total, beyond, outcome[0])
    return found


def _compilation(beside: BesideFit, name: str) -> float:
    short, excerpt = beside.short, beside.short.excerpt
    model = short.model()
    short.traced(model)
    order = InOrder(excerpt.data.examples)
    loop = loop_around(model, name, excerpt.data, batch_size=excerpt.batch_size, order=order, shuffle=False)
    first, second = (_seconds(lambda: loop.run(EPOCHS)) for _ in range(2))
    return max(0.0, first - second)


def _tracing(beside: BesideFit) -> float:
    model = beside.short.model()
    return _seconds(lambda: beside.short.state_of(model))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:])
