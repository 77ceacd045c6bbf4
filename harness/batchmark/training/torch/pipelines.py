"""Input pipelines: a ``torch.utils.data.DataLoader``, or a ``keras.utils.PyDataset``, of batches."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch

from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import keras
from batchmark.training.py_datasets import OfBatches, PyDatasets

_Loader = torch.utils.data.DataLoader


class Loaders(PyDatasets):
    """What there is to ask of one, and to make of one."""

    kind = "torch.utils.data.DataLoader"
    batched = "DataLoader(..., batch_size=batch_size)"

    def is_one(self, data: Any) -> bool:
        """Whether `data` is such a data set."""
        return isinstance(data, _Loader) or super().is_one(data)

    def require_epoch(self, dataset: Any, batch_size: int) -> None:
        """Raise WorkloadError for a data set that never ends, or that leaves out the partial last batch."""
        if not isinstance(dataset, _Loader):
            super().require_epoch(dataset, batch_size)
        elif dataset.drop_last:
            message = "its loader leaves out the last examples at most batch sizes; take away drop_last=True"
            raise WorkloadError(message)
        elif not hasattr(dataset.dataset, "__len__"):
            message = "its loader has no length, so its epochs may never end; give what it loads from a __len__"
            raise WorkloadError(message)

    def batch_length(self, batch: Any) -> int:
        """Return the number of examples in a batch."""
        return int(keras.tree.flatten(batch)[0].shape[0])

    def shape_of(self, batch: Any) -> Hashable:
        """Return the shapes of a batch's parts."""
        return tuple(str(tuple(part.shape)) for part in keras.tree.flatten(batch))

    def of_batches(self, dataset: Any, batches: Sequence[Any]) -> Callable[[], Any]:
        """Return what makes a data set of `batches`, which are some of `dataset`'s."""
        del dataset
        as_given = [_plain(batch) for batch in batches]
        return lambda: OfBatches(as_given)

    def repeated(self, dataset: Any, batch_size: int) -> Any:
        """Return a data set of one batch of `batch_size` examples: those of `dataset`, again and again."""
        return self.filled([_plain(batch) for batch in dataset], batch_size)


def _plain(batch: Any) -> Any:
    # A loader gives lists, and Keras takes tuples from its own kind of data set.
    parts = tuple(batch) if isinstance(batch, list) else batch
    return keras.tree.map_structure(keras.ops.convert_to_numpy, parts)
