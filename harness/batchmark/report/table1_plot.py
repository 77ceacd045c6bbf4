"""The paper's Figs 4-10 from our trainings: learning curves and losses, as PNG files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from batchmark.errors import MissingPackageError
from batchmark.studies.table1 import Table1, Table1Row
from batchmark.trainings import Curves, Trainings

_DOTS_PER_INCH = 130


def require_matplotlib() -> None:
    """Raise MissingPackageError unless matplotlib can be imported."""
    try:
        # A plotting library takes a second to import, and most runs draw nothing.
        import matplotlib as mpl  # noqa: PLC0415
    except ImportError as error:
        message = "--plot needs matplotlib; type: pip install 'batchmark[plot]'"
        raise MissingPackageError(message) from error
    mpl.use("Agg")


def draw_table1(table: Table1, folder: Path) -> list[Path]:
    """Draw the figures into `folder`, which is made if it is missing, and return their paths.

    Raises MissingPackageError without matplotlib.
    """
    require_matplotlib()
    folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(table.rows, key=lambda row: row.paper.batch_size)
    return [
        _save(_draw_curves(rows, "accuracy"), folder / "learning_curves_accuracy.png"),
        _save(_draw_curves(rows, "loss"), folder / "learning_curves_loss.png"),
        _save(_draw_final(rows), folder / "final_loss_and_accuracy.png"),
    ]


def _draw_curves(rows: Sequence[Table1Row], what: str) -> Any:  # noqa: ANN401  matplotlib's figure
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(14, 6.5), layout="constrained")
    grid: Any = figure.subplots(2, 5, sharex=True, sharey=True)
    for axes, row in zip(grid.flat, rows, strict=False):
        ours = row.trainings
        for label, curves, colour in (
            ("training", _training(ours, what), "tab:blue"),
            ("validation", _validation(ours, what), "tab:orange"),
        ):
            low, middle, high = np.nanpercentile(np.array(curves, dtype=float), (5, 50, 95), axis=0)
            epochs = np.arange(1, len(middle) + 1)
            axes.plot(epochs, middle, color=colour, label=label, linewidth=1.2)
            axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set_title(f"batch size {row.paper.batch_size}, rate {ours.learning_rate:g}", fontsize=9)
        axes.grid(visible=True, alpha=0.3)
    grid.flat[0].legend(fontsize=8)
    if what == "loss":
        grid.flat[0].set_ylim(0.3, 1.2)
    else:
        grid.flat[0].set_ylim(0.6, 0.9)
    figure.supxlabel("epoch")
    figure.supylabel(what)
    seeds = len(rows[0].trainings.seeds)
    figure.suptitle(f"{what} by batch size: median and 5-95 % of {seeds} seeds", fontsize=11)
    return figure


def _draw_final(rows: Sequence[Table1Row]) -> Any:  # noqa: ANN401  matplotlib's figure
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [str(row.paper.batch_size) for row in rows]
    for axes, what, paper in (
        (left, "loss", [row.paper.validation_loss for row in rows]),
        (right, "accuracy", [row.paper.validation_accuracy for row in rows]),
    ):
        finals = [[value for value in _finals(row.trainings, what) if np.isfinite(value)] for row in rows]
        axes.boxplot(finals, tick_labels=sizes, whis=(5, 95), showfliers=False)
        axes.plot(range(1, len(rows) + 1), paper, "x", color="tab:red", label="paper, one run")
        axes.set_xlabel("batch size")
        axes.set_ylabel(f"validation {what} after the last epoch")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize=8)
    seeds = len(rows[0].trainings.seeds)
    figure.suptitle(f"{seeds} seeds a batch size: quartiles, 5-95 % whiskers", fontsize=11)
    return figure


def _training(ours: Trainings, what: str) -> Curves:
    return ours.training_loss if what == "loss" else ours.training_quality


def _validation(ours: Trainings, what: str) -> Curves:
    return ours.validation_loss if what == "loss" else ours.validation_quality


def _finals(ours: Trainings, what: str) -> tuple[float, ...]:
    return ours.final_validation_loss if what == "loss" else ours.final_validation_quality


def _save(figure: Any, path: Path) -> Path:  # noqa: ANN401  matplotlib's figure
    figure.savefig(path, dpi=_DOTS_PER_INCH)
    return path
