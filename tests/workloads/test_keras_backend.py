"""Which backend Keras is asked to train with."""

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest

from batchmark.errors import UnsupportedBackendError
from batchmark.workloads import find_workload, keras_backend
from batchmark.workloads.keras_backend import backend_in_use, require_backend


@pytest.fixture(autouse=True)
def keras_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keras 3 is installed and not imported yet, and nothing is asked of it."""
    monkeypatch.setattr(keras_backend, "version", lambda _: "3.15.1")
    monkeypatch.delitem(sys.modules, "keras.src.backend.config", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for variable in (keras_backend.VARIABLE, keras_backend.LEGACY_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("backend", ["openvino", "a typing error"])
def test_another_backend_in_the_environment_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(UnsupportedBackendError) as caught:
        require_backend()
    assert str(caught.value) == (
        f"Keras is to train with '{backend}' (by the variable KERAS_BACKEND), and tensorflow and jax and torch are "
        "measured; type: export KERAS_BACKEND=tensorflow"
    )


def test_another_backend_in_keras_settings_is_refused_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"floatx": "float32", "backend": "openvino"}))
    with pytest.raises(UnsupportedBackendError, match=r"'openvino' \(by \"backend\" in .*/keras\.json\)"):
        require_backend()


def test_the_settings_are_in_the_users_home_where_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps({"backend": "openvino"}))
    with pytest.raises(UnsupportedBackendError, match=r"'openvino' .*\.keras/keras\.json"):
        require_backend()


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_the_other_keras_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", value)
    with pytest.raises(UnsupportedBackendError, match=f"^TF_USE_LEGACY_KERAS={value} .* tf_keras.*type: unset TF_USE_"):
        require_backend()


def test_the_variable_goes_before_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    require_backend()


@pytest.mark.parametrize("settings", ["", "[]", "no JSON", "{}", '{"backend": "tensorflow"}'])
def test_settings_that_choose_none_are_tensorflows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    (tmp_path / "keras.json").write_text(settings)
    monkeypatch.setenv("KERAS_BACKEND", "")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    require_backend()


def test_keras_2_trains_with_tensorflow_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_backend, "version", lambda _: "2.15.0")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    require_backend()


def test_where_there_is_no_keras_that_is_told_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(keras_backend, "version", missing)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    require_backend()


@pytest.mark.parametrize(("keras", "asked", "in_use"), [("3.15.1", "jax", "jax"), ("2.15.0", "jax", "tensorflow")])
def test_keras_3_trains_with_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, keras: str, asked: str, in_use: str
) -> None:
    monkeypatch.setattr(keras_backend, "version", lambda _: keras)
    monkeypatch.setenv("KERAS_BACKEND", asked)
    assert backend_in_use() == in_use


def test_where_nothing_is_asked_for_tensorflow_is_in_use() -> None:
    assert backend_in_use() == "tensorflow"


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("import os\nos.environ['KERAS_BACKEND'] = 'jax'", "by the variable KERAS_BACKEND"),
        ("import os\nos.environ.update(KERAS_BACKEND='torch')", "by the variable KERAS_BACKEND"),
        ("import sys\nsys.modules['keras.src.backend.config'].backend = lambda: 'jax'", "by keras.config.set_backend"),
    ],
)
def test_a_module_that_asks_for_another_backend_while_it_is_imported_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, where: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setitem(
        sys.modules,
        "keras.src.backend.config",
        SimpleNamespace(backend=lambda: "tensorflow"),
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"asks_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    with pytest.raises(UnsupportedBackendError, match=rf"^the module '{name}' asks Keras to train with .*\({where}\)"):
        find_workload(f"{name}:X")
