"""A backend needs no other, imports no other that is installed, and is waited for."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batchmark.training.backend import the_backend
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.loading import load
from batchmark.training.models import seeded_model

BACKEND = the_backend().name
if not is_keras_3() or BACKEND == "tensorflow":
    pytest.skip("TensorFlow brings Keras, and is what the other tests run on", allow_module_level=True)

_TRAINED = """
import sys
from batchmark.training.beside_fit import BesideFit
from batchmark.training.loading import load
from batchmark.training.many_seeds import ManySeeds

beside = BesideFit(load("blobs"))
ManySeeds(beside).train(batch_size=100, learning_rate=0.01, seeds=(0, 1), epochs=1, progress=lambda _: None)
print("tensorflow" in sys.modules)
"""


def test_nothing_imports_a_tensorflow_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is of the process: that of one that has imported TensorFlow too is another.

    JAX is imported by Keras itself, wherever it is.
    """
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise AssertionError('TensorFlow was imported')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    done = subprocess.run([sys.executable, "-c", _TRAINED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.skipif(BACKEND != "jax", reason="elsewhere a CPU has done what it was given")
def test_an_epochs_end_waits_for_all_that_training_changes() -> None:
    from batchmark.training.jax.devices import _left_by_training  # noqa: PLC0415  where there is JAX

    seen: list[int] = []

    class Looks(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            del epoch, logs
            seen.append(len(_left_by_training(self.model)))

    loaded = load("blobs")
    model = seeded_model(loaded.workload, learning_rate=0.01, seed=0)
    model.fit(**loaded.train.keras_arguments(100), epochs=2, verbose=0, callbacks=[Looks()])
    changed = len({id(each) for each in (*model.variables, *model.optimizer.variables, *model.metrics_variables)})
    assert seen == [changed, changed]
    assert len(_left_by_training(model)) == changed, "after the call they are the model's own"


@pytest.mark.skipif(BACKEND != "jax", reason="JAX's own setting")
def test_a_device_that_is_not_there_is_said_in_a_line() -> None:
    program = "from batchmark.training.facts import framework_facts\nframework_facts()"
    environment = {**os.environ, "JAX_PLATFORMS": "cuda"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert "TrainingError: JAX finds no device (JAX_PLATFORMS=cuda); take that away" in done.stderr
