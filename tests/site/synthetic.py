"""Synthetic results of a benchmark suite over releases, in asv's own format: what the site's tests and figures publish.

`python tests/site/synthetic.py FOLDER` writes a git repository in which each commit is a release, asv's results over
it, an asv.conf.json, and planted.json with what was planted. The same arguments give the same files. The dates are
near the releases' true ones; nothing here was measured.
"""

import argparse
import datetime as dt
import itertools
import json
import math
import random
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.machine import Machine
from asv.results import Results
from asv.runner import BenchmarkResult

TENSORFLOW = [
    ("2.12.1", "2023-07-10"),
    ("2.13.1", "2023-10-03"),
    ("2.14.1", "2023-11-14"),
    ("2.15.1", "2024-03-09"),
    ("2.16.2", "2024-06-28"),
    ("2.17.1", "2024-10-24"),
    ("2.18.1", "2025-03-12"),
    ("2.19.1", "2025-08-04"),
    ("2.20.0", "2025-08-13"),
    ("2.21.0", "2026-03-06"),
]
KERAS = [
    ("3.10.0", "2025-05-19"),
    ("3.11.0", "2025-07-29"),
    ("3.12.0", "2025-10-27"),
    ("3.13.0", "2025-12-18"),
    ("3.14.0", "2026-04-07"),
    ("3.15.1", "2026-08-11"),
]
PLANTED_RELEASE = "v2.16.2"
PLANTED_FACTOR = 1.10
PLANTED_CLASS = "Blobs"
PLANTED_LOOP = "fit"
# between releases, and between the samples of one: relative standard deviations
NOISE_OF_RELEASES = 0.005
NOISE_OF_SAMPLES = 0.01
SAMPLES = 9
EXAMPLES = 500
LOOPS = ("fit", "compiled")
WORKLOADS = ("Blobs", "MnistCnn", "DigitsMlp", "SequenceRnn", "CharLm")
BATCH_SIZES = (16, 31, 32, 33, 64, 127, 128, 129, 256)
MACHINE = {
    "os": "Linux",
    "arch": "x86_64",
    "cpu": "None(R) @ 0.00GHz: these numbers are drawn",
    "num_cpu": "2",
    "ram": "8 GiB",
}


@dataclass(frozen=True)
class Release:
    """A commit of the repository: `tag` on `branch`, at `date`."""

    branch: str
    tag: str
    requirement: str
    date: dt.datetime


@dataclass(frozen=True)
class Metric:
    """A benchmark of a workload: its name, unit and parameters beside the loop, and its value at 1."""

    name: str
    unit: str
    parameter: tuple[str, tuple[int, ...]] | None


def metrics(batch_sizes: tuple[int, ...]) -> tuple[Metric, ...]:
    """Return what is tracked of each workload."""
    sizes = ("batch_size", batch_sizes)
    return (
        Metric("track_seconds_per_epoch", "seconds", sizes),
        Metric("track_seconds_per_step", "seconds", sizes),
        Metric("track_first_epoch_seconds", "seconds", sizes),
        Metric("track_peak_bytes", "bytes", sizes),
        Metric("track_quality_loss", "1 - accuracy", sizes),
        Metric("track_overhead_per_step", "seconds", None),
        Metric("track_cost_per_example", "seconds", None),
        Metric("track_power_of_two_contrast", "ratio", ("power", (32, 64, 128, 256))),
        # kept for whoever reads the results, and shown to nobody
        Metric("track_turns", "turns", None),
    )


def releases(tensorflow: int, keras: int) -> list[Release]:
    """Return as many releases of each as asked for, oldest first in each branch; more than there are are made up."""
    return [
        *_line("main", "v", "tensorflow-cpu", _continued(TENSORFLOW, tensorflow)),
        *_line("keras", "keras-", "keras", _continued(KERAS, keras)),
    ]


def _continued(known: list[tuple[str, str]], count: int) -> Iterator[tuple[str, dt.datetime]]:
    day = dt.timedelta(days=1)
    version, date = "", dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    for index in range(count):
        if index < len(known):
            version = known[index][0]
            date = dt.datetime.fromisoformat(f"{known[index][1]}T12:00:00+00:00")
        else:
            major, minor, _ = version.split(".")
            version, date = f"{major}.{int(minor) + 1}.0", date + 60 * day
        yield version, date


def _line(branch: str, prefix: str, package: str, versions: Iterator[tuple[str, dt.datetime]]) -> Iterator[Release]:
    for version, date in versions:
        yield Release(branch, f"{prefix}{version}", f"{package}=={version}", date)


def build_repository(folder: Path, history: list[Release]) -> dict[str, str]:
    """Write the bare repository of the releases; return each tag's commit."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)  # noqa: S607
    stream = "".join(_commit(number, release) for number, release in enumerate(history, start=1))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream.encode(), check=True)  # noqa: S607
    listed = subprocess.run(
        ["git", "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/tags"],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(line.split() for line in listed.stdout.splitlines())


def _commit(number: int, release: Release) -> str:
    content = f"{release.requirement}\n"
    when = f"Batchmark <batchmark@localhost> {int(release.date.timestamp())} +0000"
    return (
        f"commit refs/heads/{release.branch}\nmark :{number}\nauthor {when}\ncommitter {when}\n"
        f"data {len(release.tag)}\n{release.tag}\n"
        f"M 100644 inline requirements.txt\ndata {len(content)}\n{content}\n"
        f"reset refs/tags/{release.tag}\nfrom :{number}\n\n"
    )


def suite(workloads: int, batch_sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return the benchmarks as asv would have discovered them."""
    found = []
    for workload, metric in itertools.product(WORKLOADS[:workloads], metrics(batch_sizes)):
        names, values = ["loop"], [[repr(loop) for loop in LOOPS]]
        if metric.parameter is not None:
            names.append(metric.parameter[0])
            values.append([repr(value) for value in metric.parameter[1]])
        found.append(
            {
                "name": f"workloads.{workload}.{metric.name}",
                "code": f"class {workload}:\n    def {metric.name}(self, {', '.join(names)}): ...",
                "param_names": names,
                "params": values,
                "timeout": 60.0,
                "type": "track",
                "unit": metric.unit,
                "version": "1",
            }
        )
    return found


def true_value(name: str, parameters: tuple[str, ...], release: Release, *, slower: bool) -> float:
    """Return what a benchmark would measure without noise; `slower` once the planted slow-down is in."""
    _, workload, metric = name.split(".")
    loop, size = parameters[0].strip("'"), int(parameters[1]) if len(parameters) > 1 else 0
    scale = 1 + WORKLOADS.index(workload)
    overhead, cost = (6e-4, 4.6e-5) if loop == "fit" else (1.6e-6, 1.1e-6)
    if slower and (workload, loop) == (PLANTED_CLASS, PLANTED_LOOP):
        overhead, cost = overhead * PLANTED_FACTOR, cost * PLANTED_FACTOR
    if release.branch == "keras":
        overhead *= 0.97
    steps = math.ceil(EXAMPLES / size) if size else 0
    return scale * {
        "track_seconds_per_epoch": steps * overhead + EXAMPLES * cost,
        "track_seconds_per_step": overhead + size * cost,
        "track_first_epoch_seconds": 0.3 + steps * overhead + EXAMPLES * cost,
        "track_peak_bytes": 3e8 + 4e3 * size,
        "track_quality_loss": (0.05 + 1e-4 * size) / scale,
        "track_overhead_per_step": overhead,
        "track_cost_per_example": cost,
        "track_power_of_two_contrast": 0.99 / scale,
        "track_turns": 12,
    }[metric]  # fmt: skip


def results_of(
    release: Release, commit: str, benchmarks: list[dict[str, Any]], *, machine: str, slower: bool, seed: int
) -> Any:  # asv has no types
    """Return what a release measured: samples drawn about each true value, and asv's statistics of them."""
    results = Results(
        {**MACHINE, "machine": machine, "python": "3.11"},
        {},
        commit,
        int(release.date.timestamp() * 1000),
        "3.11",
        "release-py3.11",
        {},
    )
    for benchmark in benchmarks:
        samples = []
        for parameters in itertools.product(*benchmark["params"]):
            # one generator a value: more releases or benchmarks leave the others' numbers as they are
            draw = random.Random(zlib.crc32(f"{seed} {release.tag} {benchmark['name']} {parameters}".encode()))  # noqa: S311
            value = true_value(benchmark["name"], parameters, release, slower=slower)
            value *= math.exp(draw.gauss(0, NOISE_OF_RELEASES))
            samples.append([value * math.exp(draw.gauss(0, NOISE_OF_SAMPLES)) for _ in range(SAMPLES)])
        outcome = BenchmarkResult(
            result=[0.0] * len(samples),  # asv puts the samples' median in its place
            samples=samples,
            number=[1] * len(samples),
            errcode=0,
            stderr="",
            profile=None,
        )
        measured = release.date + dt.timedelta(days=1)
        results.add_result(benchmark, outcome, started_at=measured, duration=1.0, record_samples=True)
    return results


def write(
    folder: Path,
    *,
    tensorflow: int,
    keras: int,
    workloads: int,
    batch_sizes: tuple[int, ...],
    machine: str,
    seed: int,
) -> int:
    """Write everything that `asv publish` needs into `folder`; return the number of series of a release."""
    history = releases(tensorflow, keras)
    commits = build_repository(folder / "releases", history)
    branches = sorted({release.branch for release in history}, reverse=True)
    conf = {
        "version": 1,
        "project": "TensorFlow",
        "repo": "releases",
        "dvcs": "git",
        "branches": branches,
        "results_dir": "results",
        "html_dir": "site",
        "benchmark_dir": "suite",
        "show_commit_url": "releases.html#",
        "plugins": [".batchmark.site.by_release", ".batchmark.site.offline"],
        "regressions_thresholds": {".*": 0.03},
    }
    (folder / "asv.conf.json").write_text(json.dumps(conf, indent=1), encoding="utf-8")
    results_dir = folder / "results"
    described = Machine()
    described.__dict__.update({**MACHINE, "machine": machine})
    described.save(str(results_dir))
    benchmarks = suite(workloads, batch_sizes)
    Benchmarks(Config.from_json({**conf, "results_dir": str(results_dir)}), benchmarks).save()
    slower = False
    for release in history:
        # the history of main comes first, then that of keras, which has its TensorFlow fixed
        slower = release.branch == "main" and (slower or release.tag == PLANTED_RELEASE)
        measured = results_of(release, commits[release.tag], benchmarks, machine=machine, slower=slower, seed=seed)
        measured.save(str(results_dir))
    planted = {
        "release": PLANTED_RELEASE,
        "commit": commits[PLANTED_RELEASE],
        "factor": PLANTED_FACTOR,
        "class": PLANTED_CLASS,
        "loop": PLANTED_LOOP,
        "tags": commits,
        "tags_of": {branch: [release.tag for release in history if release.branch == branch] for branch in branches},
    }
    (folder / "planted.json").write_text(json.dumps(planted, indent=1), encoding="utf-8")
    return sum(math.prod(len(values) for values in benchmark["params"]) for benchmark in benchmarks)


def main() -> None:
    """Write the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tensorflow", type=int, default=len(TENSORFLOW), help="releases on the branch main")
    parser.add_argument("--keras", type=int, default=len(KERAS), help="releases on the branch keras")
    parser.add_argument("--workloads", type=int, default=2, choices=range(1, len(WORKLOADS) + 1))
    parser.add_argument("--batch-sizes", type=int, default=5, choices=range(1, len(BATCH_SIZES) + 1), help="how many")
    parser.add_argument("--machine", default="synthetic", help="whose results these are")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    series = write(
        asked.folder,
        tensorflow=asked.tensorflow,
        keras=asked.keras,
        workloads=asked.workloads,
        batch_sizes=BATCH_SIZES[: asked.batch_sizes],
        machine=asked.machine,
        seed=asked.seed,
    )
    print(f"{asked.tensorflow + asked.keras} releases, {series} series each: {asked.folder}")  # noqa: T201


if __name__ == "__main__":
    main()
