"""The pictures of Table 1: learning curves and what they end in, as the paper's Figs 4 to 10."""

from pathlib import Path

from batchmark.report.pictures.extra import make_folder
from batchmark.report.pictures.final_quality import draw_final_quality
from batchmark.report.pictures.learning_curves import Learned, draw_learning_curves
from batchmark.report.pictures.written import write_picture
from batchmark.studies.ruler.table1 import Table1


def draw_table1(table: Table1, folder: Path) -> list[Path]:
    """Draw the finished batch sizes into `folder`, made if it is missing, and return the files' paths.

    Raises BatchmarkError: the folder can't be made or written into.
    """
    make_folder(folder)
    trained = [(row.paper, row.quality.trainings) for row in table.rows if row.quality]
    rows = sorted(trained, key=lambda row: row[0].batch_size)
    trainings = [ours for _, ours in rows]
    pictures = {
        "learning_curves_accuracy": draw_learning_curves(trainings, Learned.ACCURACY),
        "learning_curves_loss": draw_learning_curves(trainings, Learned.LOSS),
        "final_loss_and_accuracy": draw_final_quality(rows),
    }
    return [path for name, chart in pictures.items() for path in write_picture(chart, folder, name)]
