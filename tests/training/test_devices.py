"""What is recorded of the framework."""

import json

import pytest
import tensorflow as tf

from batchmark.training import devices


def test_facts_name_versions_device_threads_and_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    facts = devices.framework_facts()
    assert facts["tensorflow"] == tf.__version__
    assert {"python", "keras", "numpy", "device", "device_name", "intra_op_threads", "inter_op_threads"} <= facts.keys()
    flags = facts["flags"]
    assert isinstance(flags, dict)
    assert flags["XLA_FLAGS"] == "--xla_cpu_multi_thread_eigen=false"
    json.dumps(facts)


def _see_gpus(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    gpus = [tf.config.PhysicalDevice(f"/physical_device:GPU:{index}", "GPU") for index in range(count)]
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda _: gpus)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: gpus)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: {"device_name": "Some GPU"})


@pytest.mark.parametrize("visible", [1, 2, 8])
def test_of_gpus_that_are_seen_one_trains(monkeypatch: pytest.MonkeyPatch, visible: int) -> None:
    _see_gpus(monkeypatch, visible)
    facts = devices.framework_facts()
    assert (facts["device"], facts["device_count"], facts["device_name"]) == ("GPU", 1, "Some GPU")
    assert facts["devices_visible"] == visible


def test_a_strategy_in_force_trains_on_its_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    _see_gpus(monkeypatch, 4)

    class Two:
        num_replicas_in_sync = 2

    monkeypatch.setattr(tf.distribute, "get_strategy", Two)
    assert devices.framework_facts()["device_count"] == 2


def test_the_processor_is_one_device() -> None:
    facts = devices.framework_facts()
    if facts["device"] == "CPU":
        assert (facts["device_count"], facts["devices_visible"]) == (1, 1)
