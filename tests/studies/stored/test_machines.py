"""What machines are called: two of one name and different hardware are told apart."""

from batchmark.report.page.machines import say_alike
from batchmark.studies.stored.machines import Machine, machine_of, machine_of_sweep, name_machines
from pages_made import sweep

HERE = Machine("here", "AMD EPYC", "2", "")


def test_a_machine_is_called_by_its_name() -> None:
    names, alike = name_machines([HERE, HERE])
    assert names == {HERE: "here"}
    assert alike == ()


def test_two_of_one_name_are_told_apart_and_said() -> None:
    other = Machine("here", "AMD EPYC", "8", "")
    names, alike = name_machines([HERE, other])
    assert names == {HERE: "here (AMD EPYC, 2 cores)", other: "here (AMD EPYC, 8 cores)"}
    assert alike == ((HERE, other),)
    (note,) = say_alike(alike)
    assert note.startswith("2 machines are called here and differ: AMD EPYC, 2 cores and AMD EPYC, 8 cores.")


def test_what_a_file_does_not_tell_makes_no_other_machine() -> None:
    names, alike = name_machines([HERE, Machine("here", "", "2", "")])
    assert set(names.values()) == {"here"}
    assert alike == ()


def test_a_gpu_makes_another_machine() -> None:
    with_gpu = machine_of({"device": "GPU", "device_name": "NVIDIA H100", "cores": 2, "node": "here"})
    assert with_gpu.hardware == "NVIDIA H100, 2 cores"
    assert len(set(name_machines([HERE, with_gpu])[0].values())) == 2


def test_without_a_name_it_is_called_by_its_hardware() -> None:
    unnamed = machine_of({"device": "CPU", "cores": 2})
    assert name_machines([unnamed])[0][unnamed] == "an unnamed machine (2 cores)"
    assert machine_of(None).hardware == "hardware not recorded"


def test_a_sweep_names_its_machine_and_pytest_benchmark_its_processor() -> None:
    stored = sweep(node="there", cores=4)
    assert machine_of_sweep(stored) == Machine("there", "AMD EPYC", "4", "")
    known = {"node": "there", "cpu": {"brand_raw": "Xeon"}}
    assert machine_of({"cores": 4}, known) == Machine("there", "Xeon", "4", "")
