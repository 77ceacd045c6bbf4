"""What the doors of live comparisons and of the gate have in common: options, the project's tolerances, the reports."""

from collections.abc import Callable
from pathlib import Path

import click

from batchmark.comparison import Comparison
from batchmark.files.comparison import comparison_as_json
from batchmark.files.policy import PolicySettings, read_settings
from batchmark.files.project_file import find_file
from batchmark.files.whole_file import write_whole
from batchmark.loops import LOOPS
from batchmark.measurement.plan import Plan
from batchmark.report.comparison_junit import render_comparison_as_junit
from batchmark.report.comparison_markdown import render_comparison_as_markdown
from batchmark.studies.live.plan import DEFAULT_BATCH_SIZES
from batchmark.workloads import built_in_workloads

FILE = click.Path(path_type=Path, dir_okay=False)

WIDE = click.option("--wide", is_flag=True, help="Print every column, wider than 80 characters.")
WORKLOADS = click.option(
    "--workload",
    "workloads",
    multiple=True,
    metavar="NAME",
    help=f"May be repeated: {', '.join(built_in_workloads())}, or yours as package.module:attribute (default: blobs).",
)
BATCH_SIZES = click.option(
    "--batch-sizes", default=DEFAULT_BATCH_SIZES, show_default=True, metavar="GRID", help="As in 16..256."
)
LOOP_NAMES = click.option(
    "--loop", "loops", multiple=True, metavar="NAME", help=f"May be repeated: {', '.join(LOOPS)}."
)
FIRST_EPOCH_LIMIT = click.option(
    "--first-epoch-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=Plan.first_epoch_limit_seconds,
    show_default=True,
    metavar="SECONDS",
    help="Give up what compiles longer.",
)
SEED = click.option(
    "--seed",
    type=click.IntRange(0, 1_000_000),
    default=0,
    show_default=True,
    help="Of weights, data order and the order of turns.",
)

_FORMS: tuple[Callable[[Comparison], str], ...] = (
    comparison_as_json,
    render_comparison_as_markdown,
    render_comparison_as_junit,
)


def settings_of_project(config: Path | None) -> PolicySettings:
    """Return what `config`, or the nearest pyproject.toml, names of tolerances."""
    file = config or find_file(Path())
    return read_settings(file) if file else PolicySettings()


def write_reports(comparison: Comparison, *, json_file: Path | None, markdown: Path | None, junit: Path | None) -> None:
    """Write a comparison into those files that were asked for.

    Raises StoredFileError: one can't be written.
    """
    for path, render in zip((json_file, markdown, junit), _FORMS, strict=True):
        if path:
            write_whole(path, render(comparison))
