"""The README fits three screens, and a page of docs/ one sitting."""

from pathlib import Path

import pytest

from pages import PAGES, README, name_of, text_of

SCREENS = 3
LINES_A_SCREEN = 50
WORDS_A_PAGE = 1_500


def test_the_readme_fits_three_screens() -> None:
    assert len(text_of(README).splitlines()) <= SCREENS * LINES_A_SCREEN


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_is_read_in_one_sitting(page: Path) -> None:
    assert len(text_of(page).split()) <= WORDS_A_PAGE
