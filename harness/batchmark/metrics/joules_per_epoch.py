"""Energy that the GPU takes in an epoch, in joules: all of the card's, whatever else runs on it.

By NVML's counter of energy since the driver was loaded (Volta and later), which moves some ten times a second: so it is
told of at least a second of rounds together.

Source: NVIDIA, NVML API Reference, nvmlDeviceGetTotalEnergyConsumption. How seldom the counters of its sensors move:
Yang, Adamek and Armour 2024, "Accurate and Convenient Energy Measurements for GPUs", SC24.
"""

import os
from functools import cache, partial
from typing import Any

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Instrument, Meter

_MILLIJOULES = 1e-3
_WINDOW_SECONDS = 1.0


@cache
def gpu_energy() -> Meter | None:
    """Return what the first GPU that this process may use has taken so far, in joules; None where nothing tells it.

    That is without NVML's Python package, its driver, such a counter, or where it can't be told which card is the
    first: CUDA numbers unlike cards by their speed, unless CUDA_DEVICE_ORDER is PCI_BUS_ID.
    """
    try:
        import pynvml  # noqa: PLC0415  the package nvidia-ml-py, where it is
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        card = _first_card(pynvml)
        if card is None:
            return None
        meter = partial(_joules, pynvml.nvmlDeviceGetTotalEnergyConsumption, card)
        meter()
    except pynvml.NVMLError:
        return None
    return meter


def _joules(read: Any, card: Any) -> float:  # noqa: ANN401  NVML has no types
    return float(read(card)) * _MILLIJOULES


def _first_card(nvml: Any) -> Any:  # noqa: ANN401  as above
    if os.environ.get("KERAS_TORCH_DEVICE", "cuda") not in {"cuda", "cuda:0"}:
        return None
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first.startswith("GPU-"):
        return nvml.nvmlDeviceGetHandleByUUID(first)
    cards = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    alike = len({nvml.nvmlDeviceGetName(card) for card in cards}) == 1
    if not alike and os.environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
        return None
    index = int(first) if first.isdecimal() else 0 if not first else len(cards)
    return cards[index] if index < len(cards) else None


METRIC = Metric(
    name="joules_per_epoch",
    label="energy per epoch",
    title="joules per epoch, of the GPU",
    unit=Unit.JOULES,
    reading=Instrument(gpu_energy, of_accelerator=True, window_seconds=_WINDOW_SECONDS),
    # Taken to be that of the epoch's seconds: nobody has measured it yet.
    between_runs=0.10,
)
