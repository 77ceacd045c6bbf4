"""Where a sweep was measured, in a line."""

from batchmark.report.environment import render_differences, render_environment

_FACTS: dict[str, object] = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "device": "CPU",
    "device_count": 1,
    "cores": 2,
    "intra_op_threads": 0,
    "flags": {"XLA_FLAGS": "--x"},
    "load_at_start": [0.5, 0.4, 0.3],
    "governor": "performance",
}


def test_a_cpu_is_told_with_cores_threads_flags_load_and_governor() -> None:
    assert render_environment(_FACTS) == (
        "TensorFlow 2.21.0 · Keras 3.15.1 · numpy 2.4.6 · CPU, 2 cores, automatic threads · XLA_FLAGS=--x · "
        "load 0.5 at start · governor performance"
    )


def test_a_gpu_is_told_by_its_name() -> None:
    facts = {**_FACTS, "device": "GPU", "device_name": "Some GPU", "device_count": 2}
    assert "2 × Some GPU" in render_environment(facts)


def test_one_gpu_of_several_is_told_as_one() -> None:
    facts = {**_FACTS, "device": "GPU", "device_name": "Some GPU", "device_count": 1, "devices_visible": 2}
    assert "· Some GPU (of 2 that it sees) ·" in render_environment(facts)


def test_a_quota_is_told_where_it_limits_the_cores() -> None:
    limited = render_environment({**_FACTS, "cores": 1.5, "cores_quota": 1.5})
    assert "CPU, 1.5 cores (a control group's quota), automatic threads" in limited
    assert "CPU, 2 cores, automatic" in render_environment({**_FACTS, "cores": 2, "cores_quota": 8})
    assert "CPU, 2 cores, automatic" in render_environment({**_FACTS, "cores_quota": None})


def test_differences_are_named_and_load_is_none() -> None:
    told = render_differences({**_FACTS, "tensorflow": "2.19.1", "load_at_start": [9, 9, 9]}, _FACTS)
    assert told == "The compared file's environment differs: tensorflow 2.19.1 -> 2.21.0"
    assert "like this one" in render_differences(_FACTS, _FACTS)
