"""All that is counted of one cell."""

from collections.abc import Callable, Mapping
from math import fsum

from batchmark.counters import Counter, Counters
from batchmark.metrics.allocated_bytes_per_step import METRIC as ALLOCATED_BYTES
from batchmark.metrics.calls_per_epoch import METRIC as CALLS
from batchmark.metrics.flops_per_step import METRIC as FLOPS
from batchmark.metrics.fusions_per_step import METRIC as FUSIONS
from batchmark.metrics.instructions_per_step import METRIC as INSTRUCTIONS
from batchmark.metrics.operations_per_step import METRIC as OPERATIONS
from batchmark.metrics.program_bytes_per_step import METRIC as PROGRAM_BYTES
from batchmark.metrics.retracings_per_epoch import METRIC as RETRACINGS
from batchmark.training.backend import the_backend
from batchmark.training.counting.calls import COUNTED_BY, count_calls
from batchmark.training.counting.modules import by_module
from batchmark.training.counting.operations import Totals, mean_of, operations_of_step
from batchmark.training.counting.program import cost_of, digest_of
from batchmark.training.examples import Examples
from batchmark.training.loop import Loop
from batchmark.workloads.users_code import in_one_line

_MOST_PARTS = 20


def count_work(loop: Loop, data: Examples, batch_size: int, *, anew: Callable[[], Loop]) -> Counters:
    """Count what an epoch of `loop` does, which has trained on `data` for some epochs; it trains on.

    `anew` begins the same training once more: operations are counted from its first epoch on.

    What can't be counted here is missing, and says why.

    Raises whatever training raises.
    """
    counted: dict[str, Counter] = {}
    missing: dict[str, str] = {}
    steps = -(-data.examples // batch_size)
    seconds = min(loop.run(2).rounds(), default=0.0)
    parts: tuple[tuple[tuple[str, ...], Callable[[], Mapping[str, Counter]]], ...] = (
        ((CALLS.name, RETRACINGS.name), lambda: _of_calls(loop, seconds)),
        ((OPERATIONS.name, ALLOCATED_BYTES.name), lambda: _of_operations(anew, steps, seconds)),
        (
            (INSTRUCTIONS.name, FUSIONS.name, FLOPS.name, PROGRAM_BYTES.name),
            lambda: _of_program(loop, data, batch_size),
        ),
    )
    for names, count in parts:
        try:
            counted |= count()
        except Exception as error:  # noqa: BLE001  a profiler that fails, of any release, is no failure of the training
            missing |= dict.fromkeys(names, in_one_line(error))
    return Counters(counted, missing)


def _of_calls(loop: Loop, seconds: float) -> dict[str, Counter]:
    calls = count_calls(loop.run, epoch_seconds=seconds)
    traces = the_backend().counting.traces
    traced = sum(count for function, count in calls.by_function.items() if function.name.split(".")[-1] in traces)
    return {
        CALLS.name: Counter(calls.by_epoch, COUNTED_BY, by_module(calls.by_function)),
        RETRACINGS.name: Counter((traced,), COUNTED_BY),
    }


def _of_operations(anew: Callable[[], Loop], steps: int, seconds: float) -> dict[str, Counter]:
    backend = the_backend()
    count = backend.counting.operations
    if count is None:
        return {}
    epochs = operations_of_step(anew().run, count, steps_per_epoch=steps, epoch_seconds=seconds)
    by = f"profiler of {backend.name}"

    def counter(of: Callable[[Totals], float | None]) -> Counter | None:
        parts = {kind: value for kind, totals in mean_of(epochs).items() if (value := of(totals)) is not None}
        most = sorted(parts.items(), key=lambda each: -each[1])[:_MOST_PARTS]
        values = tuple(fsum(of(totals) or 0.0 for totals in epoch.values()) for epoch in epochs)
        return Counter(tuple(max(0.0, value) for value in values), by, dict(most)) if parts else None

    counters = {
        OPERATIONS.name: counter(lambda totals: totals.count) or Counter((0.0,), by),
        ALLOCATED_BYTES.name: counter(lambda totals: totals.allocated_bytes),
    }
    return {name: counter for name, counter in counters.items() if counter is not None}


def _of_program(loop: Loop, data: Examples, batch_size: int) -> dict[str, Counter]:
    counting = the_backend().counting
    # Keras 3 has ``fit`` compile the steps of most models by itself.
    if counting.program_of_step is None or not (loop.xla or getattr(loop.model, "jit_compile", False)):
        return {}
    program = counting.program_of_step(loop.model, data, batch_size)
    cost, by = cost_of(program), "optimised program of XLA"
    return {
        INSTRUCTIONS.name: Counter((cost.instructions,), by, digest=digest_of(program)),
        FUSIONS.name: Counter((cost.fusions,), by),
        FLOPS.name: Counter((cost.flops,), by),
        PROGRAM_BYTES.name: Counter((cost.bytes,), by),
    }
