"""From what a user asked for to the cells of a grid."""

from collections.abc import Sequence

from batchmark.backends import TENSORFLOW, known_backend
from batchmark.errors import BatchmarkError, BatchSizeError, UnknownNameError, WorkloadError
from batchmark.loops import LOOPS_OF, expand
from batchmark.records import Cell
from batchmark.workloads import Description
from batchmark.workloads.quality import quality_of
from batchmark.written.batch_sizes import parse_batch_sizes

DEFAULT_WORKLOADS = ("blobs",)
# What most people choose from; without the small ones, whose epochs take long on data of any size.
_SMALLEST, _LARGEST = 16, 512


def sweep_cells(
    workloads: Sequence[Description],
    batch_sizes: str | None = None,
    loops: Sequence[str] = (),
    backends: Sequence[str] = (TENSORFLOW,),
) -> tuple[Cell, ...]:
    """Return every workload × backend × loop × batch size; what is not given takes the workload's default.

    A loop that one of the `backends` has not is left out there.

    Raises UnknownNameError, BatchSizeError.
    """
    cells = tuple(
        Cell(workload.name, size, loop, backend)
        for workload in workloads
        for backend in dict.fromkeys(map(known_backend, backends))
        for loop in expand(tuple(loops) or workload.default_loops, backend)
        for size in _sizes(workload, batch_sizes, workload.default_batch_sizes)
    )
    for backend in backends:
        if not any(cell.backend == backend for cell in cells):
            message = f"{backend} has none of the loops {', '.join(loops)}; it has {', '.join(LOOPS_OF[backend])}"
            raise UnknownNameError(message)
    return cells


def quality_pairs(
    workloads: Sequence[Description], batch_sizes: str | None = None
) -> tuple[tuple[tuple[str, int], ...], tuple[BatchmarkError, ...]]:
    """Return every workload × batch size whose quality is compared with the reference, which is left out.

    With them goes why some of the workloads have none: they don't say what trained well is, or no batch size is left
    to compare.

    Raises the first of these errors, a WorkloadError or BatchSizeError, where not one has any.
    """
    pairs: list[tuple[str, int]] = []
    refused: list[BatchmarkError] = []
    for workload in workloads:
        try:
            pairs += [(workload.name, size) for size in _judged_sizes(workload, batch_sizes)]
        except BatchmarkError as error:
            refused.append(error)
    if refused and not pairs:
        raise refused[0]
    return tuple(pairs), tuple(refused)


def _judged_sizes(workload: Description, batch_sizes: str | None) -> tuple[int, ...]:
    quality_of(workload)
    if not workload.quality_margin > 0:
        message = (
            f"workload {workload.name!r} doesn't say what counts as trained well; "
            "give it quality_metric=... and quality_margin=..."
        )
        raise WorkloadError(message)
    found = _sizes(workload, batch_sizes, workload.quality_batch_sizes or workload.default_batch_sizes)
    reference = workload.reference_batch_size
    sizes = tuple(size for size in found if size != reference)
    if not sizes:
        message = (
            f"{str(reference)!r} names only the reference of {workload.name!r}, which other batch sizes are compared "
            "with; name another by --batch-sizes"
        )
        raise BatchSizeError(message)
    return sizes


def looks(first: int, last: int) -> tuple[int, ...]:
    """Return the numbers of seeds after which a verdict is sought: fourfold from `first`, ending with `last`.

    One that is more than half of `last` is left out: it could only fail, and the next comes soon.
    """
    numbers = [first] if first < last else []
    while numbers and numbers[-1] * 8 <= last:
        numbers.append(numbers[-1] * 4)
    return (*numbers, last)


def _sizes(workload: Description, asked: str | None, default: str) -> tuple[int, ...]:
    # An empty grid is asked for, and refused by the grammar; it is not the same as no wish.
    text = asked if asked is not None else default or _common_sizes(workload.examples)
    return parse_batch_sizes(text, examples=workload.examples)


def _common_sizes(examples: int) -> str:
    return f"{_SMALLEST}..{min(_LARGEST, examples)}" if examples >= _SMALLEST else "full"
