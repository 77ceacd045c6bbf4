"""What is recorded of the framework: the same facts of each backend, and its own."""

import platform

import numpy as np

from batchmark.training.backend import the_backend
from batchmark.training.keras_versions import keras, keras_version


def framework_facts() -> dict[str, object]:
    """Return versions, the training device, thread settings and the flags that change what is measured."""
    backend = the_backend()
    return {
        "python": platform.python_version(),
        backend.name: backend.device.version(),
        "keras": keras_version(),
        "keras_backend": keras.backend.backend(),
        "numpy": np.__version__,
        **backend.device.facts(),
    }
