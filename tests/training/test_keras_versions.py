"""Which Keras this is, whatever the module says of itself."""

from importlib.metadata import version
from types import SimpleNamespace

import pytest

from batchmark.training import keras_versions
from batchmark.training.keras_versions import is_keras_3, keras_version


def test_a_keras_that_does_not_say_its_version_is_asked_for_it_as_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    said = keras_version()
    # As in TensorFlow 2.13 to 2.15.
    monkeypatch.setattr(keras_versions, "keras", SimpleNamespace())
    assert keras_version() == version("keras") == said


@pytest.mark.parametrize(("said", "is_3"), [("2.15.0", False), ("3.0.5", True), ("3.15.1", True)])
def test_the_first_number_tells_the_two_apart(monkeypatch: pytest.MonkeyPatch, said: str, *, is_3: bool) -> None:
    monkeypatch.setattr(keras_versions, "keras", SimpleNamespace(__version__=said))
    assert is_keras_3() is is_3
