"""Which batch sizes a question is asked of where nobody names some."""

from batchmark.workloads.workload import Description
from batchmark.written.batch_sizes import parse_batch_sizes

_APART = 4


def sizes_around(workload: Description, text: str | None, *, larger: int = 1) -> tuple[int, ...]:
    """Return the batch sizes that `text` names; without it the reference, a quarter, and so many larger ones.

    Each of those is four times the one before, up to all examples.

    Raises BatchSizeError: `text` is no grid, or names more than all examples.
    """
    if text is not None:
        return parse_batch_sizes(text, examples=workload.examples)
    reference = workload.reference_batch_size
    above = [min(workload.examples, reference * _APART**step) for step in range(1, larger + 1)]
    return tuple(dict.fromkeys((max(1, reference // _APART), reference, *above)))


def sizes_between(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return twice as many batch sizes as `sizes_around` gives without a text: those halfway, and one below."""
    halfway = {size * (_APART // 2) for size in sizes[:-1]}
    return tuple(sorted({size for size in {sizes[0] // 2, *halfway} if 1 <= size < sizes[-1]} - set(sizes)))
