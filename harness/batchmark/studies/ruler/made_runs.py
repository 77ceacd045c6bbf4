"""Stored sweeps that nobody measured: a year of nights on many machines, in files as pytest writes them.

The same numbers each time. A machine's runs differ as runs do, by a level that all cells of a run have in common and by
each round's own noise; the framework's versions change twice a year, and one of the upgrades made an epoch slower.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent

import numpy as np
from pytest_benchmark.stats import Stats

from batchmark.files.sweep import rest_of_sweep, to_extra_info
from batchmark.metrics import table
from batchmark.metrics.reading import Instrument
from batchmark.records import Cell, CellRecord

_FIRST = datetime(2025, 1, 1, 2, tzinfo=UTC)
_VERSIONS = (("2.19.0", "3.9.2"), ("2.20.0", "3.12.0"), ("2.21.0", "3.15.1"))
_SLOWER = (1.0, 1.0, 1.06)
"""What an epoch takes, by version."""
_LEVELS = 48
"""A machine's runs have as many levels, one after the other: no two runs near each other are alike."""
_BETWEEN_RUNS = 0.02
_BETWEEN_ROUNDS = 0.03
_EXAMPLES = 500
_OVERHEAD, _COST = 1e-3, 2e-6
_FLAGS = 150


@dataclass(frozen=True)
class Made:
    """How many stored sweeps, and what each holds."""

    sweeps: int
    machines: int = 27
    sizes: tuple[int, ...] = (1, 2, 4, 8, 16, 31, 32, 33, 64, 100, 128, 256, 257, 500)
    loops: tuple[str, ...] = ("fit", "compiled")
    rounds: int = 10

    @property
    def cells(self) -> int:
        """Of all sweeps together."""
        return self.sweeps * len(self.sizes) * len(self.loops)


MANY_CELLS = Made(sweeps=50, machines=50, sizes=tuple(range(8, 168, 8)), rounds=50)
"""2,000 cells, of which each is the newest of its machine."""


def make_runs(made: Made, folder: Path) -> list[Path]:
    """Write the sweeps into `folder`, a folder a machine, and return their paths, the first stored one first."""
    one = replace(made, sizes=made.sizes[:1], loops=made.loops[:1])
    texts = [[_cells(made, version, level) for level in range(_LEVELS)] for version in range(len(_VERSIONS))]
    paths = []
    for number in range(made.sweeps):
        night, machine = divmod(number, made.machines)
        stored = _FIRST + timedelta(days=365 * number / made.sweeps, minutes=machine)
        version = min(len(_VERSIONS) * number // made.sweeps, len(_VERSIONS) - 1)
        path = folder / f"machine-{machine:02}" / f"{stored:%Y-%m-%d}-{night:04}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        level = (night * 7 + machine) % _LEVELS
        # A cell's own rounds: no two runs have all of them alike.
        cells = f"{_cells(one, version, level, number)},\n{texts[version][level]}"
        path.write_text(_whole(cells, machine, version, stored), encoding="ascii")
        paths.append(path)
    return paths


def _whole(cells: str, machine: int, version: int, stored: datetime) -> str:
    """Return a file as pytest-benchmark writes it, whose `cells` are text already."""
    form = {
        "machine_info": _machine_info(machine, version, load=stored.minute / 60),
        "commit_info": {
            "id": "0" * 40,
            "time": stored.isoformat(),
            "dirty": False,
            "project": "main",
            "branch": "main",
        },
        "benchmarks": [],
        "datetime": stored.isoformat(),
        "version": "5.3.1",
        "batchmark": rest_of_sweep((), (), None),
    }
    return json.dumps(form, indent=4).replace('"benchmarks": []', f'"benchmarks": [\n{cells}\n    ]', 1)


def _machine_info(machine: int, version: int, *, load: float) -> dict[str, object]:
    tensorflow, keras = _VERSIONS[version]
    cores = 2 * (1 + machine % 4)
    return {
        "node": f"machine-{machine:02}",
        "processor": "",
        "machine": "x86_64",
        "python_implementation": "CPython",
        "python_version": "3.11.7",
        "release": "6.18.44",
        "system": "Linux",
        "cpu": {"count": cores, "brand_raw": "AMD EPYC", "flags": [f"flag{number:03}" for number in range(_FLAGS)]},
        "batchmark": {
            "python": "3.11.7",
            "tensorflow": tensorflow,
            "keras": keras,
            "keras_backend": "tensorflow",
            "numpy": "2.4.6",
            "device": "CPU",
            "device_count": 1,
            "devices_visible": 1,
            "device_name": "AMD EPYC",
            "intra_op_threads": 0,
            "inter_op_threads": 0,
            "flags": {},
            "cores": cores,
            "cores_quota": None,
            "load_at_start": [round(load, 2), 0.5, 0.5],
            "governor": None,
        },
    }


def _cells(made: Made, version: int, level: int, number: int | None = None) -> str:
    """Return the cells of a sweep as text, as they stand in a file: of the sweep of a `number` its first one."""
    generator = np.random.default_rng([version, level])
    run = _SLOWER[version] * math.exp(generator.normal(0.0, _BETWEEN_RUNS))
    if number is None:
        records = list(_records(made, run, generator))[1:]
    else:
        records = list(_records(made, run, np.random.default_rng([version, level, number])))
    return indent(",\n".join(json.dumps(_benchmark(record), indent=4) for record in records), " " * 8)


def _records(made: Made, run: float, generator: np.random.Generator) -> Iterator[CellRecord]:
    for loop in made.loops:
        for size in made.sizes:
            steps = -(-_EXAMPLES // size)
            seconds = run * (_OVERHEAD * steps * (0.2 if loop != "fit" else 1.0) + _COST * _EXAMPLES)
            own = seconds * np.exp(generator.normal(0.0, _BETWEEN_ROUNDS, made.rounds))
            rounds = tuple((float(each),) for each in own)
            yield replace(
                _RECORD,
                cell=Cell("blobs", size, loop),
                compilation="fit" if loop == "fit" else "xla",
                steps_per_epoch=steps,
                first_epoch_seconds=1.0 + float(own[0]),
                seconds_per_round=rounds,
                places=tuple((int(each),) for each in generator.integers(0, made.cells, made.rounds)),
                instruments={
                    name: tuple((float(each),) for each in generator.uniform(1.0, 50.0, made.rounds))
                    for name in _instruments()
                },
            )


def _instruments() -> list[str]:
    """Return the names of what is read between the rounds of every machine."""
    readings = {metric.name: metric.reading for metric in table.METRICS}
    return [name for name, each in readings.items() if isinstance(each, Instrument) and not each.of_accelerator]


_RECORD = CellRecord(
    cell=Cell("blobs", 1, "fit"),
    workload_version=1,
    compilation="fit",
    examples=_EXAMPLES,
    steps_per_epoch=1,
    first_epoch_seconds=1.0,
    seconds_per_round=(),
    learning_rate=0.01,
    seed=0,
)


def _benchmark(record: CellRecord) -> dict[str, object]:
    cell = record.cell
    return {
        "group": None,
        "name": f"test_epoch[{cell}]",
        "fullname": f"benchmarks/speed/test_epoch.py::test_epoch[{cell}]",
        "params": {
            "batchmark_workload": cell.workload,
            "batchmark_batch_size": cell.batch_size,
            "batchmark_loop": cell.loop,
        },
        "param": str(cell),
        "extra_info": to_extra_info(record),
        "options": {"disable_gc": False, "timer": "playback", "min_rounds": 5, "max_time": 1.0, "warmup": False},
        "stats": _stats(record.rounds),
    }


def _stats(rounds: Sequence[float]) -> dict[str, object]:
    stats = Stats()
    for seconds in rounds:
        stats.update(seconds)
    return {name: getattr(stats, name) for name in (*stats.fields, "data")}
