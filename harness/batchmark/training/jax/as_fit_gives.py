"""What ``fit`` makes of a user's data before a train step sees them: Keras' own adapters, asked and not imitated."""

from typing import Any

from batchmark.training.keras_versions import keras
from batchmark.workloads import Split

# More than any data set that fits into memory: everything comes in one batch.
_EVERYTHING = 1 << 30


def as_fit_gives(split: Split) -> Any:
    """Return all examples in one batch, packed and shaped as ``fit`` hands them to ``train_step``.

    Tables become matrices, a column gets an axis of its own, every float becomes Keras' own type: whatever this Keras'
    adapters do. Raises what they raise.
    """
    recorder = _Recorder()
    recorder.compile(run_eagerly=True)
    recorder.fit(
        x=split.x,
        y=split.y,
        sample_weight=split.sample_weight,
        batch_size=_EVERYTHING,
        shuffle=False,
        verbose=0,
    )
    return recorder.seen


class _Recorder(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Trains nothing and keeps the batch it was given."""

    def __init__(self) -> None:
        super().__init__()
        # There is nothing to build: Keras would try to on the first batch.
        self.built = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def _symbolic_build(self, *_: Any, **__: Any) -> None:
        self._compile_loss = None

    def train_step(self, state: Any, data: Any) -> Any:
        # Past Keras' own attribute tracking, which would wrap lists and dictionaries.
        object.__setattr__(self, "seen", data)
        return {"loss": 0.0}, state
