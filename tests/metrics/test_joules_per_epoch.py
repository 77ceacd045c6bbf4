"""The GPU's energy, read from a stand-in for NVML's package."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from batchmark.metrics import table
from batchmark.metrics.joules_per_epoch import METRIC, gpu_energy
from batchmark.metrics.metric import Unit
from batchmark.report.sweep_table import render_cells
from batchmark.report.units import in_unit
from batchmark.studies.sweep.summary import summarise
from synthetic import record_of


class _NVMLError(Exception):
    pass


def _nvml(names: list[str], *, counts: bool = True) -> SimpleNamespace:
    """Return a stand-in whose cards have taken 1,000 J each, and their index more."""

    def read(card: int) -> int:
        if not counts:
            raise _NVMLError
        return 1_000_000 + 1_000 * card

    return SimpleNamespace(
        NVMLError=_NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: len(names),
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetHandleByUUID=lambda uuid: int(uuid.removeprefix("GPU-")),
        nvmlDeviceGetName=lambda card: names[card],
        nvmlDeviceGetTotalEnergyConsumption=read,
    )


@pytest.fixture(autouse=True)
def _found_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(name, raising=False)
    gpu_energy.cache_clear()
    yield
    gpu_energy.cache_clear()


@pytest.mark.parametrize(
    ("names", "settings", "joules"),
    [
        (["H100"], {}, 1_000.0),
        (["H100", "H100"], {"CUDA_VISIBLE_DEVICES": "1"}, 1_001.0),
        (["H100", "H100"], {"CUDA_VISIBLE_DEVICES": "1,0"}, 1_001.0),
        (["H100", "T4"], {"CUDA_VISIBLE_DEVICES": "GPU-1"}, 1_001.0),
        (["H100", "T4"], {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, 1_001.0),
        # CUDA's first is the faster one, and NVML's is the one in the first slot.
        (["H100", "T4"], {}, None),
        (["H100"], {"CUDA_VISIBLE_DEVICES": "3"}, None),
        (["H100"], {"CUDA_VISIBLE_DEVICES": "-1"}, None),
        ([], {}, None),
    ],
)
def test_the_card_that_is_trained_on_is_read_or_none(
    monkeypatch: pytest.MonkeyPatch, names: list[str], settings: dict[str, str], joules: float | None
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", _nvml(names))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    meter = gpu_energy()
    assert (meter and meter()) == joules


def test_without_the_package_or_a_counter_there_is_no_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert gpu_energy() is None
    gpu_energy.cache_clear()
    monkeypatch.setitem(sys.modules, "pynvml", _nvml(["old"], counts=False))
    assert gpu_energy() is None


def test_it_is_read_only_where_an_accelerator_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", _nvml(["H100"]))
    assert METRIC.name not in table.meters()
    assert METRIC.name in table.meters(on_accelerator=True)


def test_a_sweep_on_a_gpu_has_a_column_of_an_epochs_and_an_examples_energy() -> None:
    record = record_of(32, [[0.5, 0.5], [0.5, 0.5]])
    shown = replace(record, instruments={METRIC.name: ((40.0, 60.0), (50.0, 50.0))})
    with_energy, without = (render_cells(summarise([each])[0], width=80, wide=True) for each in (shown, record))
    assert "energy" not in without
    assert "50.0 J" in with_energy
    assert "100 mJ" in with_energy, "500 examples share 50 J"


def test_energy_is_printed_in_joules() -> None:
    assert [in_unit(value, Unit.JOULES) for value in (0.5, 12.34, 3_100.0, 2e-5, 0.0)] == [
        "500 mJ",
        "12.3 J",
        "3.10 kJ",
        "20.0 µJ",
        "0 µJ",
    ]
