"""Many seeds at once: not on PyTorch, where a step of Keras' changes its variables in place."""

from typing import Any, Never

from batchmark.training.stacking import NotStackableError
from batchmark.workloads import Split

_WHY = "on PyTorch a step of Keras' changes its variables in place"


def why_not_stackable(model: Any, train: Split) -> str | None:
    """Return why seeds of this model can't be trained at once."""
    del model, train
    return _WHY


def not_evaluated(*_: Any) -> Never:
    """Raise NotStackableError."""
    raise NotStackableError(_WHY)


def not_stacked(*_: Any, **__: Any) -> Never:
    """Raise NotStackableError."""
    raise NotStackableError(_WHY)
