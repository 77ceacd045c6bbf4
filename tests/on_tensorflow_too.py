"""Which tests of every backend TensorFlow runs by default: what the others try there stands in tests/training, too."""

from collections.abc import Sequence
from typing import Any

import pytest

from batchmark.training.backend import the_backend


def on_tensorflow(names: Sequence[str], *, only: Sequence[str]) -> list[Any]:
    """Return `names` as parameters: on TensorFlow all but `only` these are exhaustive."""
    if the_backend().name != "tensorflow":
        return list(names)
    return [name if name in only else pytest.param(name, marks=pytest.mark.exhaustive) for name in names]
