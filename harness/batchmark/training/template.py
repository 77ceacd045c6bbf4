"""Whether two models of a workload differ in their learning rate alone: then one compiled training serves both."""

import json
import re
from typing import Any

_NUMBERED = re.compile(r"(?<=[a-z])_\d+(?=\"|/)")
_RATE = "learning_rate"
_KERAS = frozenset({"keras", "tf_keras"})
_MODULE = re.compile(r'"module": "([^"]*)"')
_FUNCTIONS = ('"class_name": "function"', "__lambda__")


def apart_from_rate(model: Any) -> str | None:
    """Return what is equal for models that differ in their learning rate alone; None where the model doesn't tell.

    All that Keras would save of it: its layers, what it was compiled with, its optimizer's settings. Told by Keras' own
    classes alone: what others hold beside their configuration, and what a function was made with, nobody knows.
    """
    try:
        optimizer = model.optimizer.get_config()
        if not isinstance(optimizer.pop(_RATE, None), float):
            # A schedule of its own.
            return None
        # Private, as Keras has no other way to the layers inside layers.
        parts = (model, model.optimizer, *model._flatten_layers())  # noqa: SLF001
        if not all(type(part).__module__.partition(".")[0] in _KERAS for part in parts):
            return None
        told = {
            "model": model.get_config(),
            "compiled": {name: value for name, value in model.get_compile_config().items() if name != "optimizer"},
            "optimizer": (type(model.optimizer).__name__, optimizer),
        }
        text = json.dumps(told, sort_keys=True)
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return None
    if any(name in text for name in _FUNCTIONS) or not all(map(_is_keras, _MODULE.findall(text))):
        return None
    # Keras numbers layers and metrics of the same name through a process.
    return _NUMBERED.sub("", text)


def _is_keras(module: str) -> bool:
    return module.partition(".")[0] in _KERAS
