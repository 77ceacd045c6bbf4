"""What is recorded of the framework: the same facts of each backend, and its own."""

import platform

import numpy as np

from batchmark.metrics import table
from batchmark.training.backend import the_backend
from batchmark.training.keras_versions import keras, keras_version


def framework_facts() -> dict[str, object]:
    """Return versions, the training device, thread settings and the flags that change what is measured."""
    backend = the_backend()
    of_accelerator = table.meters(on_accelerator=True).keys() - table.meters().keys()
    window = max((table.windows()[name] for name in of_accelerator), default=0.0)
    return {
        "python": platform.python_version(),
        backend.name: backend.device.version(),
        "keras": keras_version(),
        "keras_backend": keras.backend.backend(),
        "numpy": np.__version__,
        **backend.device.facts(),
        **({table.SHORTEST_VISIT: window} if window and backend.device.has_accelerator() else {}),
    }
