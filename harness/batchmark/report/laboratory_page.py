"""What a question put to the laboratory tells: one form, printed as text and as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import fill

from batchmark.records import Estimate
from batchmark.report.claims_summary import say_where
from batchmark.report.effects import effect, effect_with_interval
from batchmark.report.markdown import bullets, escaped, table
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table
from batchmark.report.wrapping import wrapped
from batchmark.studies.claims.claim import Condition

_BETWEEN = 3
_NARROWEST = 12


@dataclass(frozen=True)
class Told:
    """A table with what stands above it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Page:
    """What is told of one question."""

    title: str
    facts: Mapping[str, object]
    """Where it was measured."""
    sentence: str
    above: tuple[str, ...] = ()
    """What was asked, line by line."""
    tables: tuple[Told, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str | None = None
    """Why it ended early; None: it did not."""
    pictures: Sequence[tuple[str, Path]] = field(default=())
    """Of Markdown: each picture's title, and where it is from the page."""


def page_as_text(page: Page, *, width: int = WIDTH) -> str:
    """Return the page as text."""
    parts = [wrapped([page.title, say_where(page.facts), *page.above], width), wrapped([page.sentence], width)]
    parts += [f"{told.caption}\n{_table(told, width)}" for told in page.tables]
    below = wrapped([*page.notes, *_left_out(page, width), *_stopped(page)], width)
    return "\n\n".join([*parts, *([below] if below else [])])


def page_as_markdown(page: Page) -> str:
    """Return the page as Markdown."""
    stopped = [f"**{escaped(line)}**" for line in _stopped(page)]
    parts = [f"# {escaped(page.title)}", escaped(page.sentence), *stopped, f"On {escaped(say_where(page.facts))}."]
    parts += [bullets(page.above)] if page.above else []
    for told in page.tables:
        header = [column.in_words for column in told.columns]
        parts += [f"## {escaped(told.caption)}", table(header, told.rows)]
    parts += [bullets(page.notes)] if page.notes else []
    parts += [f"![{escaped(title)}]({path.as_posix().replace(' ', '%20')})" for title, path in page.pictures]
    return "\n\n".join(parts) + "\n"


def number(estimate: Estimate, unit: str = "") -> str:
    """Return an estimate's value: ``13.6 ×``, ``∞``."""
    return effect(Condition("", estimate, unit))


def number_with_interval(estimate: Estimate, unit: str = "") -> str:
    """Return an estimate: ``13.6 × [13.0, 18.0]``, ``0.41 (no interval)``."""
    return effect_with_interval(Condition("", estimate, unit))


def _table(told: Told, width: int) -> str:
    """Return a table whose first column, which is of words, is folded between words where it has no room."""
    return render_table(told.columns, _folded(told, width), width=width)


def _folded(told: Told, width: int) -> list[list[str]]:
    cells = [
        [line for text in (column.title, *(row[at] for row in told.rows)) for line in text.split("\n")]
        for at, column in enumerate(told.columns)
        if at and not column.rank
    ]
    room = max(_NARROWEST, width - sum(max(map(len, each)) + _BETWEEN for each in cells))
    return [[fill(first, room, break_long_words=False, break_on_hyphens=False), *rest] for first, *rest in told.rows]


def _left_out(page: Page, width: int) -> list[str]:
    names = [name for told in page.tables for name in names_left_out(told.columns, _folded(told, width), width=width)]
    return [f"In the files of --markdown and --json too: {', '.join(dict.fromkeys(names))}."] if names else []


def _stopped(page: Page) -> list[str]:
    if page.stopped is None:
        return []
    return [f"Not finished: {page.stopped}. What was finished is kept: the same command goes on from there."]
