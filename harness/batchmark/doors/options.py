"""The choices as options of the command line, and workloads as every verb takes them.

A choice of several verbs is declared here or, where pytest has it too, in `batchmark.doors.choices`; a verb's own in
its own file.
"""

from collections.abc import Callable
from copy import copy
from functools import wraps
from pathlib import Path
from typing import Any

import click

from batchmark.doors.choices import WORKLOAD, Choice, Kind
from batchmark.doors.reading import Value, read
from batchmark.metrics import table

Command = Callable[..., None]
Decorator = Callable[[Command], Command]
"""Declares an option of the command below it."""

RESTARTS = Choice(
    "restarts", Kind.COUNT, "Processes of each side, at most, one after the other: they share the budget.", least=2
)
TOLERANCE = Choice(
    "tolerance",
    Kind.TEXT,
    "The change that would matter: 2% of whatever is judged by a ratio, or seconds_per_epoch=2%, or "
    "blobs.seconds_per_epoch=2% of one workload; METRIC=false reports it without judging it. May be repeated; goes "
    f"before [tool.batchmark]. Metrics: {', '.join(table.names())}.",
    many=True,
    called="[METRIC=]SHARE",
)
WITH = Choice("with", Kind.TEXT, "What both need, too. May be repeated.", many=True, called="REQUIREMENT")
PYTHON = Choice("python", Kind.TEXT, "Of environments that are made (default: this one's).", called="VERSION")
CONFIG = Choice("config", Kind.FILE, "Whose [tool.batchmark] holds tolerances (default: the nearest pyproject.toml).")
JSON = Choice(
    "json",
    Kind.FILE,
    "Store as JSON what was measured or judged. batchmark gate reads sweeps and comparisons, batchmark show sweeps and "
    "answers, batchmark report all of them.",
)
MARKDOWN = Choice("markdown", Kind.FILE, "Write Markdown too, for an issue or a pull request's comment.")
JUNIT = Choice("junit", Kind.FILE, "Write JUnit XML too, a testcase for each judged cell.")
KEEP = Choice(
    "keep",
    Kind.FOLDER,
    "Where trainings and timings are kept, and taken from (default: a folder of the user's cache).",
)
MEMORY_LIMIT = Choice("memory-limit", Kind.SIZE, "On a CPU, as in 8GiB (default: 90 % of what is available).")
INTO = Choice("into", Kind.FOLDER, "Where files are written; made where it isn't there.")


class Written(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases of click alone
    """A choice's value as it is written; what can't be used ends the command in one line."""

    def __init__(self, choice: Choice) -> None:
        """Read values of `choice`."""
        self.choice = choice
        self.name = choice.kind.name.lower()

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Value:  # noqa: ARG002  click's signature
        """Return what `value` says.

        Raises BatchmarkError: it is none of the choice's kind.
        """
        return read(self.choice, value, f"--{self.choice.name}")


class _Option(click.Option):
    """An option whose names of earlier releases work and are not shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what help says of its first name."""
        shown = copy(self)
        shown.opts = self.opts[:1]
        return super(_Option, shown).get_help_record(ctx)


def option(choice: Choice, variable: str | None = None, **how: Any) -> Decorator:  # noqa: ANN401  whatever click takes
    """Return the option of `choice`, which the command takes as `variable`, or by the choice's own name.

    `how` is what a verb has of its own: whether it is required, and its default.
    """
    keep = variable or choice.name.replace("-", "_")
    if choice.kind is Kind.YES_OR_NO:
        return click.option(f"--{choice.name}/--no-{choice.name}", keep, help=choice.help, **how)
    names = (f"--{name}" for name in (choice.name, *choice.before))
    kept: dict[str, Any] = {"cls": _Option, "type": _type(choice), "multiple": choice.many, "metavar": choice.metavar}
    return click.option(*names, keep, help=choice.help, **kept, **how)


def _type(choice: Choice) -> click.Path | Written:
    match choice.kind:
        case Kind.FILE:
            return click.Path(path_type=Path, dir_okay=False)
        case Kind.FOLDER:
            return click.Path(path_type=Path, file_okay=False)
        case Kind.FILE_OR_FOLDER:
            return click.Path(path_type=Path)
        case _:
            return Written(choice)


takes_refresh: Decorator = click.option(
    "--refresh", is_flag=True, help="Resolve requirements again: without it they give what they gave before."
)


def takes_workloads(default: str = "") -> Decorator:
    """Give a command its workloads, by position and by ``--workload`` alike.

    It gets all that are named, each once, those by position first. `default` says what holds where none is;
    without it the verb asks for one.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def merged(*, workloads: tuple[str, ...], named: tuple[str, ...], **options: object) -> None:
            command(workloads=tuple(dict.fromkeys((*workloads, *named))), **options)

        as_option = option(WORKLOAD, "named", show_default=default or False)
        return click.argument("workloads", nargs=-1, metavar="[WORKLOAD]...")(as_option(merged))

    return decorate
