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


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [gpu])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: {"device_name": "Some GPU"})
    facts = devices.framework_facts()
    assert (facts["device"], facts["device_count"], facts["device_name"]) == ("GPU", 1, "Some GPU")
