"""What a night was measured on, in its file."""

import json
from dataclasses import replace
from pathlib import Path

from batchmark.measurement.hardware import Hardware
from batchmark.studies.nights.hardware_file import HARDWARE
from stand_in_programs import SMI_FULL, SMI_GPU

HOST: dict[str, object] = {"node": "gpu-box", "cores": 24, "load_at_start": [0.25, 0.5, 0.5], "governor": None}
FOUND = Hardware("2026-11-21T01:17:00+00:00", HOST, (SMI_GPU,), SMI_FULL, None)


def test_the_file_holds_all_but_the_drivers_full_text_and_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "hardware.json"
    HARDWARE.write(path, FOUND)
    assert json.loads(path.read_text()) == {
        "batchmark_hardware": 1,
        "recorded": FOUND.recorded,
        "host": HOST,
        "gpus": [SMI_GPU],
        "problem": None,
    }
    assert HARDWARE.read(path) == replace(FOUND, full_text=None)


def test_a_file_from_before_it_had_a_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "hardware.json"
    without = HARDWARE.stored(FOUND)
    del without["batchmark_hardware"]
    path.write_text(json.dumps(without))
    assert HARDWARE.read(path) == replace(FOUND, full_text=None)
