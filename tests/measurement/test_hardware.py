"""What a night was measured on, with a driver, without one, and with one that is out of order."""

from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.measurement.hardware import QUERIED, gpu_facts, read_hardware, require_gpu
from stand_in_programs import SMI_FULL, SMI_GPU, install, install_nvidia_smi


def test_each_gpu_is_recorded_in_the_drivers_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_nvidia_smi(monkeypatch, tmp_path / "bin", gpus=2)
    found = read_hardware()
    assert found.gpus == ({name: SMI_GPU[name] for name in QUERIED},) * 2
    assert found.full_text == SMI_FULL
    assert found.problem is None


def test_the_host_is_recorded_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    host = read_hardware().host
    assert host["node"]
    assert host["system"]
    assert isinstance(host["memory_bytes"], int)
    assert isinstance(host["cores"], int)
    assert "governor" in host


def test_a_machine_without_a_driver_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = read_hardware()
    assert (found.gpus, found.full_text, found.problem) == ((), None, "nvidia-smi is not installed")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "import sys; print('Failed to initialize NVML: Driver/library version mismatch'); sys.exit(18)",
            "nvidia-smi ended with exit code 18: Failed to initialize NVML: Driver/library version mismatch",
        ),
        ("import sys; sys.exit(9)", "nvidia-smi ended with exit code 9: it said nothing"),
        ("print('No devices were found')", "nvidia-smi was asked for 15 fields and answered 'No devices were found'"),
        ("", "nvidia-smi lists no GPU"),
    ],
)
def test_a_driver_that_tells_nothing_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, problem: str
) -> None:
    install(monkeypatch, tmp_path / "bin", "nvidia-smi", source)
    found = read_hardware()
    assert found.gpus == ()
    assert found.problem == problem


def test_a_driver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, tmp_path / "bin", "nvidia-smi", "import time; time.sleep(600)")
    monkeypatch.setattr("batchmark.measurement.hardware._PATIENCE_SECONDS", 0.1)
    assert read_hardware().problem == "nvidia-smi did not answer within 0.1 s"


def test_a_program_that_can_not_be_started_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_bytes(b"\x7fELF, but not really")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_hardware().problem == "nvidia-smi can't be started: Exec format error"


def test_what_trains_on_a_gpu_has_its_driver_clocks_and_power_limit_beside_its_facts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_nvidia_smi(monkeypatch, tmp_path / "bin", gpus=1)
    assert gpu_facts({"device": "GPU"}) == {"gpus": [{name: SMI_GPU[name] for name in QUERIED}]}
    assert gpu_facts({"device": "CPU"}) == {}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_facts({"device": "GPU"}) == {}, "a container may lack nvidia-smi"


def test_a_gpu_that_is_required_and_not_used_is_said_of_whoever_uses_none() -> None:
    require_gpu({"device": "GPU"}, "JAX")
    with pytest.raises(BatchmarkError, match="JAX trains on CPU, and a GPU is required"):
        require_gpu({"device": "CPU"}, "JAX")
