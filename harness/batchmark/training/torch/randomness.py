"""The random numbers of a training on PyTorch.

Under Keras 3 a seed's state is a variable of the model, and dropout that is given no seed draws from PyTorch's own
generator. A compiled step draws others from the same seed, unless it is told to draw as an uncompiled one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from batchmark.training.keras_versions import keras

GENERATOR = "seed_generator_state"
"""As Keras names a seed's state."""


class TorchRandomness:
    """What PyTorch draws."""

    held_operations: frozenset[str] = frozenset({GENERATOR})
    """Whatever a model draws."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is compiled in this context draw as uncompiled steps do."""
        import torch._inductor.config as settings  # noqa: PLC0415  not before something is compiled

        before = settings.fallback_random
        settings.fallback_random = True
        try:
            yield
        finally:
            settings.fallback_random = before

    def draw(self) -> float:
        """Draw a number from Keras' own generator."""
        return float(keras.random.uniform(()))
