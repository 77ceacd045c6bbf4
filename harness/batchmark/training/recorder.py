"""What ``fit`` makes of a user's data before a train step sees them: Keras' own adapters, asked and not imitated."""

from typing import Any

from batchmark.training.keras_versions import keras
from batchmark.workloads import Split

# More than any data set that fits into memory: everything comes in one batch.
_EVERYTHING = 1 << 30


class Recorder(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Trains nothing and keeps the batch it was given: a backend's own says what its ``train_step`` takes and gives."""

    def __init__(self) -> None:
        """Have nothing to build: Keras 3 would try to on the first batch."""
        super().__init__()
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return them."""
        return inputs

    def keep(self, data: Any) -> None:
        """Keep a batch."""
        # Past Keras' own attribute tracking, which would wrap lists and dictionaries.
        object.__setattr__(self, "seen", data)

    def given(self, split: Split) -> Any:
        """Return all examples in one batch, packed and shaped as ``fit`` hands them to ``train_step``.

        Tables become matrices, a column gets an axis of its own, every float becomes Keras' own type: whatever this
        Keras' adapters do. Raises what they raise.
        """
        self.compile(run_eagerly=True)
        self.fit(
            x=split.x,
            y=split.y,
            sample_weight=split.sample_weight,
            batch_size=_EVERYTHING,
            shuffle=False,
            verbose=0,
        )
        return self.seen
