"""A workload whose model's optimizer is set otherwise: momentum, β₂, accumulated gradients."""

from collections.abc import Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from batchmark.errors import WorkloadError
from batchmark.training.loading import Loaded
from batchmark.workloads.users_code import line_of

_WHOLE = frozenset({"gradient_accumulation_steps"})


def with_settings(loaded: Loaded, settings: Mapping[str, float]) -> Loaded:
    """Return the workload with its optimizer's `settings` in place of those its function gave; all else as it was.

    Building raises WorkloadError: the optimizer has no such setting.
    """
    if not settings:
        return loaded
    build = loaded.workload.build_model

    @wraps(build)
    def built(*given: Any, **named: Any) -> Any:
        model = build(*given, **named)
        for name, value in settings.items():
            _set(model.optimizer, name, value, line_of(build))
        return model

    return replace(loaded, workload=replace(loaded.workload, build_model=built))


def _set(optimizer: Any, name: str, value: float, line: str) -> None:
    """Give a new optimizer a setting: it has made no variables yet, so what depends on it is made by it.

    Raises WorkloadError.
    """
    config = optimizer.get_config()
    if name not in config:
        known = ", ".join(sorted(key for key, held in config.items() if isinstance(held, (int, float))))
        message = f"{line}: the optimizer {type(optimizer).__name__} has no {name!r}; it has {known}"
        raise WorkloadError(message)
    if getattr(optimizer, "built", False):
        message = f"{line}: the optimizer has its variables already, and {name!r} can't be changed; don't build it"
        raise WorkloadError(message)
    setattr(optimizer, name, int(value) if name in _WHOLE else value)
    if optimizer.get_config()[name] != value:
        message = f"{line}: the optimizer {type(optimizer).__name__} doesn't take {name} = {value:g}"
        raise WorkloadError(message)
