"""What a night was measured on, in words."""

from batchmark.measurement.hardware import Hardware
from batchmark.report.hardware import render_hardware
from stand_in_programs import SMI_FULL, SMI_GPU

HOST: dict[str, object] = {
    "node": "gpu-box",
    "system": "Linux-6.8.0-x86_64",
    "processor": "AMD EPYC 9654",
    "memory_bytes": 256 << 30,
    "cores": 24,
    "load_at_start": [0.25, 0.5, 0.5],
    "governor": "performance",
}
WITH = Hardware("2026-11-21T01:17:00+00:00", HOST, (SMI_GPU,), SMI_FULL, None)
WITHOUT = Hardware("2026-11-21T01:17:00+00:00", {"node": None}, (), None, "nvidia-smi is not installed")


def test_a_gpu_is_one_line_with_its_driver_and_clocks() -> None:
    assert render_hardware(WITH).splitlines() == [
        "Recorded 2026-11-21T01:17:00+00:00",
        "Host: gpu-box · Linux-6.8.0-x86_64",
        "AMD EPYC 9654, 24 cores · 256 GiB · governor performance · load 0.25",
        (
            "GPU 0: NVIDIA H100 PCIe · driver 570.86.15 · 81559 MiB · SM clock 1410 MHz of at most "
            "1755 MHz, memory clock 1593 MHz of at most 1593 MHz · P0 · persistence mode Enabled · power 51.12 W of "
            "at most 350.00 W · 34 °C"
        ),
    ]


def test_that_there_is_no_gpu_is_said_plainly() -> None:
    lines = render_hardware(WITHOUT).splitlines()
    assert lines[-2:] == [
        "unknown processor, None cores · - · governor - · load -",
        "No GPU: nvidia-smi is not installed.",
    ]
