"""The paper's Figs 4-10 from our trainings: learning curves and losses, as PNG files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.report.units import learning_rate
from batchmark.studies.ruler.paper import PaperRow
from batchmark.studies.ruler.table1 import Table1
from batchmark.trainings import Curves, Trainings

_DOTS_PER_INCH = 130
_Trained = tuple[PaperRow, Trainings]


def require_matplotlib() -> None:
    """Raise MissingPackageError unless matplotlib can be imported."""
    try:
        # A plotting library takes a second to import, and most runs draw nothing.
        import matplotlib as mpl  # noqa: PLC0415
    except ImportError as error:
        message = "--plot needs matplotlib; type: pip install 'batchmark[plot]'"
        raise MissingPackageError(message) from error
    mpl.use("Agg")


def make_folder(folder: Path) -> None:
    """Make `folder` if it is missing.

    Raises BatchmarkError: it can't be made, or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def draw_table1(table: Table1, folder: Path) -> list[Path]:
    """Draw the figures of the finished batch sizes into `folder`, made if it is missing, and return their paths.

    Raises MissingPackageError without matplotlib. BatchmarkError: the folder can't be made or written into.
    """
    require_matplotlib()
    make_folder(folder)
    trained = [(row.paper, row.quality.trainings) for row in table.rows if row.quality]
    rows = sorted(trained, key=lambda row: row[0].batch_size)
    return [
        _save(_draw_curves(rows, "accuracy"), folder / "learning_curves_accuracy.png"),
        _save(_draw_curves(rows, "loss"), folder / "learning_curves_loss.png"),
        _save(_draw_final(rows), folder / "final_loss_and_accuracy.png"),
    ]


def _unwritable(path: Path, error: OSError) -> BatchmarkError:
    return BatchmarkError(f"--plot: can't write {path}: {error.strerror}; type: --plot and a folder you can write into")


def _draw_curves(rows: Sequence[_Trained], what: str) -> Any:  # noqa: ANN401  matplotlib's figure
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(14, 6.5), layout="constrained")
    grid: Any = figure.subplots(2, 5, sharex=True, sharey=True)
    for axes, (paper, ours) in zip(grid.flat, rows, strict=False):
        for label, curves, colour in (
            ("training", _training(ours, what), "tab:blue"),
            ("validation", _validation(ours, what), "tab:orange"),
        ):
            low, middle, high = np.nanpercentile(np.array(curves, dtype=float), (5, 50, 95), axis=0)
            epochs = np.arange(1, len(middle) + 1)
            axes.plot(epochs, middle, color=colour, label=label, linewidth=1.2)
            axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set_title(f"batch size {paper.batch_size}, rate {learning_rate(ours.learning_rate)}", fontsize=9)
        axes.grid(visible=True, alpha=0.3)
    grid.flat[0].legend(fontsize=8)
    if what == "loss":
        grid.flat[0].set_ylim(0.3, 1.2)
    else:
        grid.flat[0].set_ylim(0.6, 0.9)
    figure.supxlabel("epoch")
    figure.supylabel(what)
    seeds = len(rows[0][1].seeds)
    figure.suptitle(f"{what} by batch size: median and 5-95 % of {seeds} seeds", fontsize=11)
    return figure


def _draw_final(rows: Sequence[_Trained]) -> Any:  # noqa: ANN401  matplotlib's figure
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = [str(paper.batch_size) for paper, _ in rows]
    for axes, what, theirs in (
        (left, "loss", [paper.validation_loss for paper, _ in rows]),
        (right, "accuracy", [paper.validation_accuracy for paper, _ in rows]),
    ):
        finals = [[value for value in _finals(ours, what) if np.isfinite(value)] for _, ours in rows]
        axes.boxplot(finals, tick_labels=sizes, whis=(5, 95), showfliers=False)
        axes.plot(range(1, len(rows) + 1), theirs, "x", color="tab:red", label="paper, one run")
        axes.set_xlabel("batch size")
        axes.set_ylabel(f"validation {what} after the last epoch")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize=8)
    seeds = len(rows[0][1].seeds)
    figure.suptitle(f"{seeds} seeds a batch size: quartiles, 5-95 % whiskers", fontsize=11)
    return figure


def _training(ours: Trainings, what: str) -> Curves:
    return ours.training_loss if what == "loss" else ours.training_quality


def _validation(ours: Trainings, what: str) -> Curves:
    return ours.validation_loss if what == "loss" else ours.validation_quality


def _finals(ours: Trainings, what: str) -> tuple[float, ...]:
    return ours.final_validation_loss if what == "loss" else ours.final_validation_quality


def _save(figure: Any, path: Path) -> Path:  # noqa: ANN401  matplotlib's figure
    try:
        figure.savefig(path, dpi=_DOTS_PER_INCH)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path
