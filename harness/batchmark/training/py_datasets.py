"""Input pipelines of Keras' own kind: a ``keras.utils.PyDataset`` of batches, on whatever backend."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import keras


class PyDatasets:
    """What there is to ask of a ``PyDataset``, and to make of one."""

    kind = "keras.utils.PyDataset"
    batched = "batch_size examples in each of its batches but the last"

    def is_one(self, data: Any) -> bool:
        """Whether `data` is such a data set."""
        return isinstance(data, keras.utils.PyDataset)

    def require_epoch(self, dataset: Any, batch_size: int) -> None:
        """Raise WorkloadError for a data set that never ends."""
        del batch_size
        if dataset.num_batches is None:
            message = "its data set has no length, so it has no epochs; let __len__ return how many batches it gives"
            raise WorkloadError(message)

    def batch_length(self, batch: Any) -> int:
        """Return the number of examples in a batch."""
        return int(np.shape(keras.tree.flatten(batch)[0])[0])

    def shape_of(self, batch: Any) -> Hashable:
        """Return the shapes of a batch's parts."""
        return tuple(str(np.shape(part)) for part in keras.tree.flatten(batch))

    def slices_of(self, whole: Any, batch_size: int) -> None:
        """Return None: Keras takes arrays apart in no time."""
        del whole, batch_size

    def of_batches(self, dataset: Any, batches: Sequence[Any]) -> Callable[[], Any]:
        """Return what makes a data set of `batches`, which are some of `dataset`'s."""
        del dataset
        return lambda: OfBatches(batches)

    def repeated(self, dataset: Any, batch_size: int) -> Any:
        """Return a data set of one batch of `batch_size` examples: those of `dataset`, again and again."""
        return self.filled([dataset[index] for index in range(dataset.num_batches)], batch_size)

    def filled(self, batches: Sequence[Any], batch_size: int) -> Any:
        """Return a data set of one batch of `batch_size` examples: those of `batches`, again and again."""
        whole = keras.tree.map_structure(lambda *parts: np.concatenate([np.asarray(each) for each in parts]), *batches)
        indices = np.arange(batch_size) % int(np.shape(keras.tree.flatten(whole)[0])[0])
        return OfBatches([keras.tree.map_structure(lambda part: part[indices], whole)])


class OfBatches(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else object):  # type: ignore[misc]  # Keras has no types, and Keras 2 not this one
    """A data set of these batches."""

    def __init__(self, batches: Sequence[Any]) -> None:
        """Take them, as `__getitem__` is to give them."""
        super().__init__()
        self._batches = batches

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        """Return one of them."""
        return self._batches[index]
