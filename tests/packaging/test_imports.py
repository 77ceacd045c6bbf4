"""Importing the package is cheap: no TensorFlow, no plots, no data."""

import subprocess
import sys

import pytest

_HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "pandas")


@pytest.mark.parametrize("module", ["batchmark", "batchmark.plugin", "batchmark.cli", "batchmark.measurement.worker"])
def test_a_module_is_imported_without_what_only_training_or_drawing_needs(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {_HEAVY!r} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_the_workers_rooms_need_nothing_but_numpy_and_tensorflow() -> None:
    """Decision 7: what runs inside a TensorFlow environment is light. (Keras itself brings rich, and what it finds.)"""
    program = (
        "import sys, batchmark.measurement.session; "
        "print([name for name in ('msgspec', 'click', 'pytest') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip().splitlines()[-1] == "[]"
