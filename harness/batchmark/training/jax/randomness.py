"""The random numbers of a training: on JAX a seed's state is a variable of the model, and every loop carries it on."""

from contextlib import AbstractContextManager, nullcontext

from batchmark.training.keras_versions import keras


class JaxRandomness:
    """What JAX draws."""

    held_operations: frozenset[str] = frozenset()
    """None has to be: from the same state every loop draws the same numbers, however it is compiled."""

    def held(self) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def draw(self) -> float:
        """Draw a number from Keras' own generator."""
        return float(keras.random.uniform(()))
