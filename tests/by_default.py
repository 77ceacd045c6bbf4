"""Which of many like tests of every backend run by default: each compiles for many seconds, and the rest is exhaustive.

On TensorFlow even fewer: what the others try stands in tests/training, too.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from batchmark.training.backend import the_backend


def by_default(names: Sequence[str], *, only: Sequence[str], on_tensorflow: Sequence[str]) -> list[Any]:
    """Return `names` as parameters, all exhaustive but `only` these, or of these alone those `on_tensorflow`."""
    kept = on_tensorflow if the_backend().name == "tensorflow" else only
    return [name if name in kept else pytest.param(name, marks=pytest.mark.exhaustive) for name in names]
