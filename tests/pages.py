"""The README and the pages of docs/, as what they promise is tested."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from repository import ROOT

README = ROOT / "README.md"
PAGES = tuple(sorted((ROOT / "docs").rglob("*.md")))
ALL = (README, *PAGES)

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


class Command(NamedTuple):
    """What a page tells its reader to type."""

    page: str
    line: str
    is_whole: bool
    """Whether it stands behind a prompt, to be typed as it is; else it is named within a sentence."""


def text_of(page: Path) -> str:
    """Return the page as it is written."""
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """Return where the page stands in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code in one language, without the indent of their fence."""
    found = [match.groups() for match in _FENCE.finditer(text)]
    return [re.sub(f"^{indent}", "", code, flags=re.MULTILINE) for indent, name, code in found if name == language]


def prose(text: str) -> str:
    """Return the page without its blocks of code."""
    return _FENCE.sub("", text)


def commands(page: Path) -> Iterator[Command]:
    """Yield each line behind a prompt, continued lines as one, and each inline piece of code."""
    text = text_of(page)
    for block in blocks(text, "console"):
        for line in re.findall(r"^\$ (.*)$", block.replace("\\\n", " "), re.MULTILINE):
            yield Command(name_of(page), line, is_whole=True)
    for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose(text)):
        yield Command(name_of(page), " ".join(code.split()), is_whole=False)


def anchors(text: str) -> set[str]:
    """Return what a link can point at within a page, as GitHub makes it of headings."""
    headings = re.findall(r"^#{1,6} (.*)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
