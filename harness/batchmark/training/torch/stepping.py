"""A train step by itself."""

from collections.abc import Callable
from typing import Any

import torch


def step_of(model: Any, *, xla: bool) -> Callable[[Any], Any]:
    """Return what trains a model for one batch; `xla` has ``torch.compile`` compile it, as ``fit`` would."""
    step: Callable[[Any], Any] = torch.compile(model.train_step) if xla else model.train_step
    return step
