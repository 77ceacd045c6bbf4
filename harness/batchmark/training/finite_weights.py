"""Whether a model's weights are still numbers: its logs need not say."""

from typing import Any

from batchmark.training.backend import the_backend


def weights_are_finite(model: Any) -> bool:
    """Whether every weight that `model` trains is finite. Asked between visits, never within an epoch.

    What isn't trained may hold what it likes: a mask of minus infinity.
    """
    return the_backend().variables.are_finite(model.trainable_variables)
