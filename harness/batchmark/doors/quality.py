"""The command `quality`: does another batch size train as well as the workload's reference does?"""

from pathlib import Path

import click

from batchmark.doors import choices, laboratory_verbs
from batchmark.doors.laboratory_options import BUDGET, BUDGETS, EPOCHS, JUDGED_SEEDS, RULES
from batchmark.doors.laboratory_verbs import Wanted, show
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.questions.quality_across import QualityDesign, judge
from batchmark.studies.questions.rules_of_rates import Rule
from batchmark.studies.questions.sizes import sizes_around
from batchmark.workloads.workload import Description

_RULES = dict(zip(RULES.words, (Rule.FIXED, Rule.LINEAR, Rule.SQUARE_ROOT, Rule.WARM_UP, Rule.TUNED), strict=True))
_BUDGETS = dict(zip(BUDGETS.words, (Budget.EPOCHS, Budget.UPDATES), strict=True))


@click.command(
    epilog="Exit codes: 0 everything that was asked for was compared, whichever verdict; 2 something wasn't, or it did "
    "not finish."
)
@click.argument("workload")
@option(choices.BATCH_SIZES, show_default="the workload's reference, a quarter and four times of it")
@option(RULES, default=("fixed",), show_default=True)
@option(BUDGETS, default=("epochs", "updates"), show_default=True)
@option(JUDGED_SEEDS, default=20, show_default=True)
@option(EPOCHS)
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def quality(  # noqa: PLR0917  click passes them by name
    workload: str,
    batch_sizes: str | None,
    rates: tuple[str, ...],
    budgets: tuple[str, ...],
    seeds: int,
    epochs: int | None,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """Compare what batch sizes train WORKLOAD to, built-in or package.module:attribute, with its reference batch size.

    Over paired seeds, at equal epochs and at equal updates: the difference in quality with its interval, and whether it
    is equivalent within the workload's margin.
    """
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()

    def question(described: Description) -> QualityDesign:
        sizes = sizes_around(described, batch_sizes)
        return QualityDesign(
            described,
            tuple(sorted({*sizes, described.reference_batch_size})),
            seeds,
            epochs or described.epochs,
            tuple(_BUDGETS[each] for each in dict.fromkeys(budgets)),
            tuple(_RULES[each] for each in dict.fromkeys(rates)),
        )

    found = laboratory_verbs.put(workload, question, keep=keep, budget=budget)
    answer = found.judged(judge)
    show(found.stored(answer), "quality", wanted)
    if not (found.is_whole and answer.is_whole):
        click.get_current_context().exit(2)
