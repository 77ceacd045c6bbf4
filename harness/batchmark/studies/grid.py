"""From what a user asked for to the cells of a grid."""

from collections.abc import Sequence

from batchmark.batch_sizes import parse_batch_sizes
from batchmark.errors import BatchSizeError
from batchmark.loops import DEFAULT_LOOPS, check_loop
from batchmark.records import Cell
from batchmark.workloads import Workload, find_workload

DEFAULT_WORKLOADS = ("blobs",)


def sweep_cells(
    workloads: Sequence[str] = (), batch_sizes: str | None = None, loops: Sequence[str] = ()
) -> tuple[Cell, ...]:
    """Return every workload × batch size × loop; what is not given takes its default.

    Raises UnknownNameError, BatchSizeError.
    """
    chosen_loops = [check_loop(loop) for loop in dict.fromkeys(loops or DEFAULT_LOOPS)]
    return tuple(
        Cell(workload.name, size, loop)
        for workload in _found(workloads)
        for loop in chosen_loops
        for size in parse_batch_sizes(_given(batch_sizes, workload.default_batch_sizes), examples=workload.examples)
    )


def quality_pairs(workloads: Sequence[str] = (), batch_sizes: str | None = None) -> tuple[tuple[str, int], ...]:
    """Return every workload × batch size whose quality is compared with the reference, which is left out.

    Raises UnknownNameError, BatchSizeError.
    """
    pairs = tuple(
        (workload.name, size)
        for workload in _found(workloads)
        for size in parse_batch_sizes(_given(batch_sizes, workload.quality_batch_sizes), examples=workload.examples)
        if size != workload.reference_batch_size
    )
    if not pairs:
        message = f"{batch_sizes!r} names only the reference, which others are compared with; name another batch size"
        raise BatchSizeError(message)
    return pairs


def looks(first: int, last: int) -> tuple[int, ...]:
    """Return the numbers of seeds after which a verdict is sought: doubling from `first`, ending with `last`."""
    numbers = []
    seeds = first
    while seeds < last:
        numbers.append(seeds)
        seeds *= 2
    return (*numbers, last)


def _given(text: str | None, default: str) -> str:
    # An empty grid is asked for, and refused by the grammar; it is not the same as no wish.
    return default if text is None else text


def _found(names: Sequence[str]) -> list[Workload]:
    return [find_workload(name) for name in dict.fromkeys(names or DEFAULT_WORKLOADS)]
