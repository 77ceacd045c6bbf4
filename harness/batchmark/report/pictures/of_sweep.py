"""A sweep's pictures, for each workload: throughput, seconds per epoch, and what powers of two make."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from batchmark.report.environment import render_environment
from batchmark.report.pictures.contrasts import draw_contrasts
from batchmark.report.pictures.extra import make_folder
from batchmark.report.pictures.seconds_per_epoch import draw_seconds_per_epoch
from batchmark.report.pictures.throughput import draw_throughput
from batchmark.report.pictures.written import write_picture
from batchmark.studies.sweep.summary import GroupSummary

_PICTURES = {
    "throughput": draw_throughput,
    "seconds-per-epoch": draw_seconds_per_epoch,
    "powers-of-two": draw_contrasts,
}


def draw_sweep(summaries: Sequence[GroupSummary], facts: Mapping[str, object] | None, folder: Path) -> list[Path]:
    """Draw what was measured into `folder`, made if it is missing, as SVG and PNG, and return the files' paths.

    `facts` say where it was measured. Of a workload without a cell to compare nothing is drawn.

    Raises BatchmarkError: the folder can't be made or written into.
    """
    make_folder(folder)
    where = render_environment(facts) if facts else ""
    paths: list[Path] = []
    for workload in dict.fromkeys(summary.workload for summary in summaries):
        own = [
            summary
            for summary in summaries
            if summary.workload == workload and any(row.is_compared for row in summary.rows)
        ]
        for name, draw in _PICTURES.items() if own else ():
            if (chart := draw(own, where)) is not None:
                paths += write_picture(chart, folder, f"{_in_a_file_name(workload)}-{name}")
    return paths


def _in_a_file_name(workload: str) -> str:
    """Return a workload's name without what a file's name can't hold: ``mypackage.training-workload``."""
    return re.sub(r"[^\w.-]+", "-", workload)
