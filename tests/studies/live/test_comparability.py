"""What makes a comparison meaningless is refused by name; a version that differs is the point."""

import pytest

from batchmark.comparison import Environments
from batchmark.errors import IncomparableError
from batchmark.studies.live.comparability import require_comparable, require_same_work, unknown_hardware
from compared import FACTS
from synthetic import record_of


def _complaint(**facts: object) -> str:
    with pytest.raises(IncomparableError) as refused:
        require_comparable(Environments(FACTS, {**FACTS, **facts}))
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"device": "GPU"}, "another device (CPU and GPU)"),
        ({"device_name": "NVIDIA L4"}, "another device (AMD EPYC and NVIDIA L4)"),
        ({"device_count": 4}, "another number of devices (1 and 4)"),
        ({"cores": 8}, "another number of cores (2 and 8)"),
        ({"intra_op_threads": 1}, "another threads within an operation (0 and 1)"),
        ({"flags": {"OMP_NUM_THREADS": "1"}}, "another OMP_NUM_THREADS (not set and 1)"),
    ],
)
def test_other_hardware_or_threads_are_refused_by_name(facts: dict[str, object], named: str) -> None:
    assert named in _complaint(**facts)


def test_everything_that_differs_is_named_at_once() -> None:
    complaint = _complaint(device="GPU", device_name="NVIDIA L4", cores=8)
    assert "(CPU and GPU), another device (AMD EPYC and NVIDIA L4), another number of cores (2 and 8)" in complaint
    assert complaint.endswith("measure both on the same")


@pytest.mark.parametrize(
    "facts",
    [
        {"tensorflow": "2.21.0", "keras": "3.13.0", "numpy": "2.4.0", "python": "3.12.0"},
        {"flags": {"TF_ENABLE_ONEDNN_OPTS": "0"}},
        {"load_at_start": [9.0], "governor": "powersave", "node": "there"},
        {"device_name": None, "cores": None},
    ],
)
def test_versions_flags_and_what_is_not_known_are_no_reason_to_refuse(facts: dict[str, object]) -> None:
    require_comparable(Environments(FACTS, {**FACTS, **facts}))


def test_a_side_that_does_not_say_its_hardware_is_told_of() -> None:
    (warning,) = unknown_hardware(Environments({**FACTS, "machine": "x86_64", "system": "Linux"}, {}))
    assert warning == (
        "the candidate doesn't say its device, number of devices, processor architecture, operating system, number of "
        "cores, threads within an operation, threads across operations: taken to be the same"
    )


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ({"workload_version": 2}, "blobs has workload_version 1 and 2"),
        ({"examples": 499}, "blobs has examples 500 and 499"),
    ],
)
def test_other_work_under_the_same_name_is_refused_by_name(field: dict[str, int], named: str) -> None:
    with pytest.raises(IncomparableError, match=named):
        require_same_work([(record_of(32, [[1.0]]), record_of(32, [[1.0]], **field))])


def test_each_difference_of_a_workload_is_named_once() -> None:
    pairs = [(record_of(size, [[1.0]]), record_of(size, [[1.0]], workload_version=2)) for size in (32, 64)]
    with pytest.raises(IncomparableError) as refused:
        require_same_work(pairs)
    assert str(refused.value).count("workload_version") == 1
