"""Which backend is in use, and that nothing outside its folder needs it."""

import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from batchmark import training
from batchmark.errors import UnsupportedBackendError
from batchmark.training import backend, observing
from batchmark.training.backend import the_backend

_SHARED = [
    *(found.name for found in pkgutil.iter_modules(training.__path__, "batchmark.training.") if not found.ispkg),
    observing.__name__,
    *(found.name for found in pkgutil.iter_modules(observing.__path__, f"{observing.__name__}.")),
]


@pytest.fixture
def asked_anew() -> Iterator[None]:
    the_backend.cache_clear()
    yield
    the_backend.cache_clear()


def test_the_backend_is_the_one_that_keras_trains_with() -> None:
    assert the_backend().name == "tensorflow"
    assert the_backend() is the_backend()


@pytest.mark.usefixtures("asked_anew")
def test_a_backend_that_there_is_not_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "backend_in_use", lambda: "abacus")
    with pytest.raises(UnsupportedBackendError) as caught:
        the_backend()
    assert str(caught.value) == (
        "Keras is to train with 'abacus', and there is no such backend; type: export KERAS_BACKEND=tensorflow "
        "or KERAS_BACKEND=jax or KERAS_BACKEND=torch"
    )


def test_what_all_backends_share_is_imported_where_there_is_no_tensorflow() -> None:
    """What Keras brings along is another matter: here stands a Keras that brings nothing."""
    program = f"""
import importlib, sys
from types import SimpleNamespace

sys.modules["tensorflow"] = None
from batchmark.workloads import the_keras
keras = SimpleNamespace(callbacks=SimpleNamespace(Callback=object), utils=SimpleNamespace(), Model=object)
the_keras.the_keras = lambda: keras
for name in {_SHARED!r}:
    importlib.import_module(name)
print(*sorted(name for name in sys.modules if name.startswith("batchmark.training.")))
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.split() == sorted(_SHARED)
