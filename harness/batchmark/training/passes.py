"""One pass over an input pipeline: whether it is the epoch that was asked for."""

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import Pipeline


def require_batch_size(pipeline: Pipeline, batch_size: int) -> None:
    """Refuse a pipeline whose pass doesn't give all examples in batches of `batch_size`, the last one perhaps smaller.

    Goes through one dataset twice: an epoch has to start from the beginning.

    Raises WorkloadError: with the sizes that were asked for and found, or the numbers of examples.
    """
    pipelines = the_backend().pipelines
    batch_length = pipelines.batch_length
    dataset = pipeline.dataset(batch_size)
    lengths = [batch_length(batch) for batch in dataset]
    again = sum(batch_length(batch) for batch in dataset)
    asked = min(batch_size, pipeline.examples)
    if any(length != asked for length in lengths[:-1]) or max(lengths, default=0) != asked:
        found = " and ".join(str(length) for length in sorted({*lengths}, reverse=True)[:3]) or "none"
        message = (
            f"asked for batches of {batch_size} it gives batches of {found}; use {pipelines.batched}, after any "
            "cache() that outlives a call"
        )
        raise WorkloadError(message)
    if again != sum(lengths):
        message = (
            f"its dataset gives {sum(lengths)} examples once and {again} when it is gone through again; "
            "an epoch has to start from the beginning"
        )
        raise WorkloadError(message)
    if sum(lengths) != pipeline.examples:
        message = (
            f"asked for batches of {batch_size} it gives {sum(lengths)} examples an epoch, and {pipeline.examples} are "
            "declared or were counted at the reference batch size; an epoch has the same examples at each batch size"
        )
        raise WorkloadError(message)
