"""What is recorded of the framework."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import tensorflow as tf

from batchmark.training import facts
from batchmark.training.backend import the_backend
from batchmark.training.facts import framework_facts


def test_facts_name_versions_device_threads_and_flags() -> None:
    found = framework_facts()
    assert found["tensorflow"] == tf.__version__
    assert list(found) == [
        *("python", "tensorflow", "keras", "keras_backend", "numpy"),
        *("device", "device_count", "devices_visible", "device_name"),
        *("intra_op_threads", "inter_op_threads", "flags"),
    ]
    json.dumps(found)


def test_another_backend_is_recorded_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    device = SimpleNamespace(version=lambda: "1.2", facts=lambda: {"device": "an abacus"})
    other = replace(the_backend(), name="beads", device=device)
    monkeypatch.setattr(facts, "the_backend", lambda: other)
    found = framework_facts()
    assert (found["beads"], found["device"]) == ("1.2", "an abacus")
    assert "tensorflow" not in found
