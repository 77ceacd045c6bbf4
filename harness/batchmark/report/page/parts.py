"""What a page is made of, in the order in which it is read: plain text all of it, which the templates escape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tags:
    """What something is of, for the filters; empty: of no one in particular, and no filter hides it."""

    workload: tuple[str, ...] = ()
    loop: tuple[str, ...] = ()
    backend: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    cells: Sequence[str]
    tags: Tags = Tags()
    verdict: str = ""
    """Marks the line; empty without one."""
    is_quiet: bool = False
    """Whether nothing was found of it: hidden until asked for."""


@dataclass(frozen=True)
class Head:
    """A column's heading."""

    title: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """A table with its caption."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Row]
    tags: Tags = Tags()
    notes: Sequence[str] = ()
    """Sentences below it."""
    is_folded: bool = False
    """Whether it is shown when asked for alone."""
    cells: int = 0
    """How many cells were measured that its lines are of: what the filters count."""

    @property
    def quiet(self) -> int:
        """The number of lines of which nothing was found."""
        return sum(row.is_quiet for row in self.rows)


@dataclass(frozen=True)
class Figure:
    """A picture, as a specification of Vega-Lite that the page draws."""

    title: str
    caption: Sequence[str]
    """Hardware, versions, n, and how to read it."""
    file: str
    """What its picture and its data are called where they are saved, without an ending."""
    spec: Mapping[str, Any]
    columns: Mapping[str, str]
    """Of its data as CSV: the rows' fields, and what each is called."""


@dataclass(frozen=True)
class Text:
    """What is said in more than a line, behind a heading to click on."""

    title: str
    lines: Sequence[str] = ()
    as_printed: Sequence[str] = ()
    """Blocks that stand as a terminal shows them."""
    is_open: bool = False


@dataclass(frozen=True)
class Part:
    """One result: a comparison, an answer of the laboratory, a workload's sweep or history, a calibration, claims."""

    anchor: str
    title: str
    about: str
    """Which file it is, and when and where it was measured."""
    verdict: str = ""
    """Of a comparison."""
    lead: Sequence[str] = ()
    """What it says first."""
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    texts: Sequence[Text] = ()
    tags: Tags = Tags()
    are_tables_first: bool = False
    """Whether they are what its figures are looked up in: there may be dozens."""
    is_open: bool = True
    """Whether it is shown at once: what is older than another of the same isn't."""


@dataclass(frozen=True)
class Line:
    """A line of what the page says first, and which part it leads to."""

    text: str
    anchor: str
    verdict: str = ""
    command: str = ""
    """What to type."""


@dataclass(frozen=True)
class Front:
    """What the page says first."""

    verdict: str
    """Of all comparisons together; empty without any."""
    title: str
    """It, or what is recommended, or what is the fastest."""
    headline: str
    lines: Sequence[Line] = ()
    actions: Sequence[Line] = ()
    """What to do next."""
    problems: Sequence[str] = ()
    """What is missing from the page, or to be known before it is believed."""


@dataclass(frozen=True)
class Page:
    """The whole."""

    front: Front
    comparisons: Sequence[Part] = ()
    answers: Sequence[Part] = ()
    """Of the laboratory: which batch size, and what it was asked beside that."""
    history: Sequence[Part] = ()
    sweeps: Sequence[Part] = ()
    others: Sequence[Part] = ()
    files: Sequence[str] = ()
    """What it was made of."""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values there are to choose from, by what is chosen."""

    @property
    def parts(self) -> Sequence[Part]:
        """All of them."""
        return [*self.comparisons, *self.answers, *self.history, *self.sweeps, *self.others]
