"""The pictures of what the laboratory was asked: curves with their intervals."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from batchmark.report.claims_summary import say_where
from batchmark.report.laboratory_page import Page
from batchmark.report.pictures.claim_curves import draw_claim_curves
from batchmark.report.pictures.extra import make_folder
from batchmark.report.pictures.written import write_picture
from batchmark.studies.claims.claim import Picture

_CHARACTERS = 96


def draw_answer(page: Page, pictures: Sequence[Picture], folder: Path, name: str) -> list[tuple[str, list[Path]]]:
    """Draw `pictures` into `folder`, made if it is missing, as ``name-1.svg`` and so on, or ``name.svg`` of one.

    Returns each picture's title with its files, SVG and then PNG; one that has no point isn't drawn.

    Raises BatchmarkError: the folder can't be made or written into.
    """
    make_folder(folder)
    subtitle = [line for text in (*page.above, say_where(page.facts)) for line in wrap(text, _CHARACTERS)]
    charts = [
        (f"{page.title}: {picture.title[0].lower()}{picture.title[1:]}", chart)
        for picture in pictures
        if (
            chart := draw_claim_curves(
                picture, f"{page.title}: {picture.title[0].lower()}{picture.title[1:]}", subtitle
            )
        )
    ]
    return [
        (title, write_picture(chart, folder, f"{name}-{at}" if len(charts) > 1 else name))
        for at, (title, chart) in enumerate(charts, start=1)
    ]
