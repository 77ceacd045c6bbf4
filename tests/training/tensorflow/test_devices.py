"""What TensorFlow tells of its devices."""

import pytest
import tensorflow as tf

from batchmark.training.tensorflow.devices import Devices


def test_settings_and_flags_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    facts = Devices().facts()
    flags = facts["flags"]
    assert isinstance(flags, dict)
    assert flags["XLA_FLAGS"] == "--xla_cpu_multi_thread_eigen=false"
    assert {"device_name", "intra_op_threads", "inter_op_threads"} <= facts.keys()


def _see_gpus(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    gpus = [tf.config.PhysicalDevice(f"/physical_device:GPU:{index}", "GPU") for index in range(count)]
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda _: gpus)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: gpus)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda _: {"device_name": "Some GPU"})


@pytest.mark.parametrize("visible", [1, 2, 8])
def test_of_gpus_that_are_seen_one_trains(monkeypatch: pytest.MonkeyPatch, visible: int) -> None:
    _see_gpus(monkeypatch, visible)
    facts = Devices().facts()
    assert (facts["device"], facts["device_count"], facts["device_name"]) == ("GPU", 1, "Some GPU")
    assert facts["devices_visible"] == visible


def test_a_strategy_in_force_trains_on_its_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    _see_gpus(monkeypatch, 4)

    class Two:
        num_replicas_in_sync = 2

    monkeypatch.setattr(tf.distribute, "get_strategy", Two)
    assert Devices().facts()["device_count"] == 2


def test_the_processor_is_one_device() -> None:
    facts = Devices().facts()
    if facts["device"] == "CPU":
        assert (facts["device_count"], facts["devices_visible"]) == (1, 1)


def test_a_gpus_peak_is_what_tensorflow_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", lambda _: {"current": 3, "peak": 7})
    assert Devices().peak_bytes() == 7


def test_without_a_gpu_there_is_no_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda _: [])
    assert Devices().peak_bytes() is None


def test_a_gpu_is_an_accelerator_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for seen in (["GPU:0"], []):
        monkeypatch.setattr(
            tf.config, "list_physical_devices", lambda kind, seen=seen: seen if kind == "GPU" else ["CPU"]
        )
        assert Devices().has_accelerator() is bool(seen)


def test_functions_that_run_eagerly_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Devices().runs_eagerly()
    monkeypatch.setattr(tf.config, "functions_run_eagerly", lambda: True)
    assert Devices().runs_eagerly()
