"""Pieces of GitHub-flavoured Markdown, from text that may hold anything."""

import re
from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 65_000
"""GitHub refuses issues and comments of more than 65,536."""

# What Markdown or HTML would take for its own, and what would notify people. Not the underscore: it means nothing
# within a word.
_SPECIAL = re.compile(r"[\\`*\[\]<>|#~&@]")


def escaped(text: str) -> str:
    """Return `text` as one line that stands in Markdown as it is."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells hold text as it is."""
    return table_of_markdown(header, ([escaped(cell) for cell in row] for row in rows))


def table_of_markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """Return a list whose items hold text as it is."""
    return "\n".join(f"- {escaped(line)}" for line in lines)


def folded(summary: str, content: str) -> str:
    """Return `content`, which is Markdown, behind a line to click on."""
    # Without the empty lines GitHub takes the content for HTML.
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def code_block(text: str) -> str:
    """Return `text` as it is, in a fence that is longer than any within it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
