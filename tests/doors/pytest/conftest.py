"""A project of its own for each test, with a sweep that takes no time: recorded rounds instead of TensorFlow."""

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from batchmark.records import Cell, CellRecord, Status
from batchmark.report.sweep import render_sweep
from batchmark.studies.sweep.run import Sweep, run_sweep

ROOT = Path(__file__).parents[3]
FACTS: dict[str, object] = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "device": "CPU",
    "device_count": 1,
    "device_name": None,
    "intra_op_threads": 0,
    "cores": 2,
    "load_at_start": [0.1, 0.2, 0.3],
    "governor": None,
}

Alter = Callable[[CellRecord], CellRecord]


def recorded(cell: Cell, turns: int = 8) -> CellRecord:
    """A cell whose epochs follow the cost curve exactly, but for a drift that all cells share."""
    steps = -(-500 // cell.batch_size)
    epoch = 0.02 + 0.001 * steps if cell.loop == "fit" else 0.0005 + 2e-6 * steps
    return CellRecord(
        cell=cell,
        workload_version=1,
        compilation="fit" if cell.loop == "fit" else "xla",
        examples=500,
        steps_per_epoch=steps,
        first_epoch_seconds=0.5,
        seconds_per_round=tuple((epoch * (1 + 0.01 * turn), epoch * (1.001 + 0.01 * turn)) for turn in range(turns)),
        learning_rate=0.01,
        seed=0,
    )


class Sweeps:
    """Stands in for `run_sweep`; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Sequence[Cell], Any]] = []
        self.memory: list[bool] = []
        self.alter: Alter = lambda record: record
        self.ends: dict[str, Any] = {}
        self.error: BaseException | None = None
        self.meanwhile: Callable[[], None] | None = None
        """What happens when half of the turns are in the journal."""

    def __call__(self, *given: Any, **how: Any) -> Sweep:
        asked = signature(run_sweep).bind(*given, **how).arguments
        cells, journal = asked["cells"], asked.get("journal")
        self.asked.append((cells, asked["plan"]))
        self.memory.append(asked.get("memory", False))
        if self.meanwhile and journal:
            journal.know(FACTS)
            for cell in cells:
                journal.show(replace(recorded(cell, turns=4), status=Status.INTERRUPTED))
            self.meanwhile()
        if self.error:
            raise self.error
        return Sweep(tuple(self.alter(recorded(cell)) for cell in cells), dict(FACTS), **self.ends)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals go that stand beside no file: nobody's own cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _known_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the processor is called takes pytest-benchmark a second to find out, each time it stores."""
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", lambda: {"brand_raw": "a processor", "count": 2})


@pytest.fixture
def sweeps(monkeypatch: pytest.MonkeyPatch) -> Sweeps:
    stand_in = Sweeps()
    monkeypatch.setattr("batchmark.studies.sweep.run.run_sweep", stand_in)
    return stand_in


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with the repository's own benchmarks and settings."""
    for kind in ("speed", "accuracy"):
        folder = pytester.mkdir(kind)
        for source in (ROOT / "benchmarks" / kind).glob("test_*.py"):
            (folder / source.name).write_text(source.read_text())
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    lines = [
        f"filterwarnings = {json.dumps(settings['filterwarnings'])}",
        'addopts = ["--import-mode=importlib", "-p", "no:randomly"]',
    ]
    pytester.makepyprojecttoml("\n".join(["[tool.pytest.ini_options]", *lines]))
    return pytester


# Its numpy can be imported once a process, and pytester forgets what was first imported in one of its runs.
__all__ = ["FACTS", "ROOT", "Status", "recorded", "render_sweep"]
