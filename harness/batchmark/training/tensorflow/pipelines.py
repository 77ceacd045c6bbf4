"""Input pipelines: a ``tf.data.Dataset`` of batches."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from batchmark.errors import WorkloadError


class Datasets:
    """What there is to ask of a ``tf.data.Dataset``, and to make of one."""

    kind = "tf.data.Dataset"
    batched = "dataset.batch(batch_size)"

    def is_one(self, data: Any) -> bool:
        """Whether `data` is a dataset."""
        return isinstance(data, tf.data.Dataset)

    def require_epoch(self, dataset: Any, batch_size: int) -> None:
        """Raise WorkloadError for a dataset that never ends, or that leaves out the partial last batch."""
        if int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY:
            message = "its dataset never ends, so it has no epochs; take away repeat(), or add take(steps)"
            raise WorkloadError(message)
        shapes = [spec.shape for spec in tf.nest.flatten(dataset.element_spec) if hasattr(spec, "shape")]
        if any(shape.rank and shape[0] == batch_size for shape in shapes):
            message = (
                "its batches all have one size, so the last examples are left out at most batch sizes; "
                "take away drop_remainder=True"
            )
            raise WorkloadError(message)

    def batch_length(self, batch: Any) -> int:
        """Return the number of examples in a batch."""
        first = tf.nest.flatten(batch)[0]
        return int(first.shape[0] if first.shape[0] is not None else first.nrows())

    def shape_of(self, batch: Any) -> Hashable:
        """Return the shapes of a batch's parts, ragged and sparse ones taken apart."""
        parts = tf.nest.flatten(batch, expand_composites=True)
        return tuple(str(part.shape) for part in parts if part is not None)

    def of_batches(self, dataset: Any, batches: Sequence[Any]) -> Callable[[], Any]:
        """Return what makes a dataset of `batches`, which are some of `dataset`'s."""
        spec = dataset.element_spec
        # None is a part of a batch that a generator can't give.
        given = [each for each in tf.nest.flatten(spec) if not _is_none(each)]

        def parts() -> Iterator[tuple[Any, ...]]:
            yield from (tuple(part for part in tf.nest.flatten(batch) if part is not None) for batch in batches)

        def packed(*parts: Any) -> Any:
            left = iter(parts)
            return tf.nest.pack_sequence_as(
                spec, [None if _is_none(each) else next(left) for each in tf.nest.flatten(spec)]
            )

        def again() -> Any:
            made = tf.data.Dataset.from_generator(parts, output_signature=tuple(given)).map(packed)
            return made.apply(tf.data.experimental.assert_cardinality(len(batches)))

        return again

    def repeated(self, dataset: Any, batch_size: int) -> Any:
        """Return a dataset of one batch of `batch_size` examples: those of `dataset`, again and again."""
        return dataset.unbatch().repeat().batch(batch_size).take(1)

    def slices_of(self, whole: Any, batch_size: int) -> Any:
        """Return a dataset of batches of a tensor, or of a nest of them; None where its parts aren't all tensors.

        Of arrays Keras makes a new one at each call of ``evaluate``, which takes longer than small evaluations do.
        """
        parts = tf.nest.flatten(whole)
        if not all(isinstance(part, tf.Tensor) for part in parts):
            return None
        examples = int(parts[0].shape[0])

        def batch(index: Any) -> Any:
            begin = index * batch_size
            return tf.nest.map_structure(lambda part: part[begin : tf.minimum(begin + batch_size, examples)], whole)

        return tf.data.Dataset.range(-(-examples // batch_size)).map(batch)


def _is_none(spec: Any) -> bool:
    return type(spec).__name__ == "NoneTensorSpec"
