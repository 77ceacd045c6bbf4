"""Importing the package is cheap: no TensorFlow, no plots, no data."""

import subprocess
import sys

import pytest

import batchmark

_HEAVY = ("tensorflow", "keras", "matplotlib", "altair", "vl_convert", "jinja2", "sklearn", "pandas")


@pytest.mark.parametrize(
    "module",
    ["batchmark", "batchmark.doors.pytest.plugin", "batchmark.doors.command_line", "batchmark.measurement.worker"],
)
def test_a_module_is_imported_without_what_only_training_or_drawing_needs(module: str) -> None:
    program = f"import sys, {module}; print([name for name in {_HEAVY!r} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_the_plugin_brings_nothing_that_pytest_has_not_imported_already() -> None:
    """pytest imports it, and has it declare its options, in every run of its environment, other people's included."""
    program = (
        "import sys, pytest; from _pytest.config import get_config; parser = get_config()._parser; "
        "before = set(sys.modules); "
        "import batchmark.doors.pytest.plugin; batchmark.doors.pytest.plugin.pytest_addoption(parser); "
        "print(*sorted(set(sys.modules) - before))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    brought = set(printed.split())
    assert brought == {"batchmark", "batchmark.backends", "batchmark.errors", "batchmark.loops"} | {
        f"batchmark.doors{module}"
        for module in ("", ".choices", ".sweep_options", ".pytest", ".pytest.plugin", ".pytest.renamed")
    }, "these must stay few, and light"


def test_what_the_package_offers_is_there_when_it_is_asked_for() -> None:
    for name in batchmark.__all__:
        assert getattr(batchmark, name)
        assert name in dir(batchmark)
    with pytest.raises(AttributeError, match="module 'batchmark' has no attribute 'sweep'"):
        getattr(batchmark, "sweep")  # noqa: B009  mypy knows that it isn't there
    assert not hasattr(batchmark, "__path_of_no_such_thing__")


def test_the_workers_rooms_need_nothing_but_numpy_and_tensorflow() -> None:
    """Decision 7: what runs inside a TensorFlow environment is light. (Keras itself brings rich, and what it finds.)"""
    program = (
        "import sys, batchmark.measurement.session; "
        "print([name for name in ('msgspec', 'click', 'pytest') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip().splitlines()[-1] == "[]"
