"""What stands in an SVG file: its texts, and how many marks of each kind it has."""

from pathlib import Path
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"


def texts_of(path: Path) -> list[str]:
    """Return every text of the file, in order."""
    return ["".join(text.itertext()) for text in _root(path).iter(f"{_SVG}text")]


def number_of_marks(path: Path, kind: str) -> int:
    """Return how many marks of a `kind` Vega has drawn: ``symbol``, ``rule``, ``line``, ``area``, ``rect``."""
    groups = [group for group in _root(path).iter(f"{_SVG}g") if f"mark-{kind} role-mark" in group.get("class", "")]
    return sum(len(group) for group in groups)


def _root(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  our own file
