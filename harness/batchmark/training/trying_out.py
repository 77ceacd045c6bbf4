"""Whether a user's workload can be measured at all, before it is measured in every cell."""

from batchmark.errors import WorkloadError
from batchmark.training.beside_fit import BesideFit
from batchmark.training.evaluation import require_quality
from batchmark.training.examples import Pipeline
from batchmark.training.passes import require_batch_size
from batchmark.workloads.users_code import line_of


def try_out(beside: BesideFit) -> None:
    """Train a few steps by ``fit``, several times over, and evaluate where quality is judged.

    Raises WorkloadError, with the user's own line: the model can't be built, doesn't take the data or the labels, its
    logs are not finite, it trains otherwise each time or alike whatever the seed, its pipeline doesn't give the batches
    that are asked for, or what its quality is judged by isn't there.
    """
    loaded = beside.short.loaded
    if isinstance(loaded.train, Pipeline):
        try:
            require_batch_size(loaded.train, _another_size(loaded.description.reference_batch_size))
        except WorkloadError as error:
            message = f"{line_of(loaded.workload.load_data)}: {error}"
            raise WorkloadError(message) from error
    beside.steps  # noqa: B018  found once, and kept
    require_quality(beside.short)


def _another_size(reference: int) -> int:
    return reference // 2 if reference > 1 else 2
