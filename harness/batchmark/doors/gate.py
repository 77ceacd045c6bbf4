"""The gate: arguments in, calls out."""

from pathlib import Path

import click

from batchmark.comparison import Policy
from batchmark.doors.comparison_options import FILE, WIDE, settings_of_project, write_reports
from batchmark.errors import BatchmarkError
from batchmark.files.comparison import read_comparison
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.policy import all_of, parse_noise, parse_tolerance
from batchmark.metrics import table
from batchmark.report.comparison import render_comparison
from batchmark.studies.stored.gate import exit_code, judge_again, require_known_workloads
from batchmark.studies.stored.runs import compare_stored

_METRICS = ", ".join(table.names())


@click.command(
    epilog="Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged (bad input, or sides that "
    "are not comparable); 3 inconclusive, or a comparison that did not finish."
)
@click.option("--upgrade", type=FILE, metavar="FILE", help="A comparison stored by `batchmark upgrade --json FILE`.")
@click.option("--baseline", type=FILE, metavar="FILE", help="A sweep stored by pytest --benchmark-json FILE.")
@click.option("--candidate", type=FILE, metavar="FILE", help="Another, compared with the baseline.")
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="METRIC=SHARE",
    help="The change that would matter, as seconds_per_epoch=2% or blobs.seconds_per_epoch=0.02; `false` reports the "
    f"metric without judging it. May be repeated; goes before the file. Metrics: {_METRICS}.",
)
@click.option(
    "--noise",
    multiple=True,
    metavar="METRIC=SHARE",
    help="With --baseline: what two stored runs of the same thing differ by, as a standard deviation: "
    "seconds_per_epoch=5%. May be repeated.",
)
@click.option(
    "--config",
    type=FILE,
    metavar="FILE",
    help="Whose [tool.batchmark] holds tolerances (default: the nearest pyproject.toml).",
)
@WIDE
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="Also write the judged comparison as JSON.")
@click.option("--markdown", type=FILE, metavar="FILE", help="Also write Markdown, for a pull request's comment.")
@click.option("--junit", type=FILE, metavar="FILE", help="Also write JUnit XML, a testcase for each judged cell.")
def gate(  # noqa: PLR0917  click passes them by name
    upgrade: Path | None,
    baseline: Path | None,
    candidate: Path | None,
    tolerances: tuple[str, ...],
    noise: tuple[str, ...],
    config: Path | None,
    *,
    wide: bool,
    json_file: Path | None,
    markdown: Path | None,
    junit: Path | None,
) -> None:
    """Judge a stored comparison, or two stored sweeps, for a script: the exit code is the answer.

    A live comparison (--upgrade) is judged again under the tolerances of today. Two sweeps (--baseline, --candidate)
    were stored at different times: what the machine did meanwhile is part of their noise, and small changes stay
    inconclusive.
    """
    named = all_of([*map(parse_tolerance, tolerances), *map(parse_noise, noise)])
    settings = settings_of_project(config).then(named)
    if upgrade and not (baseline or candidate or noise):
        comparison = judge_again(read_comparison(upgrade), settings)
    elif baseline and candidate and not upgrade:
        policy = settings.applied_to(Policy(table.default_tolerances()))
        comparison = compare_stored(
            read_any_sweep(baseline), read_any_sweep(candidate), policy, between_runs=settings.noise
        )
    else:
        message = "type --upgrade FILE, or --baseline FILE and --candidate FILE, with --noise for these two alone"
        raise BatchmarkError(message)
    require_known_workloads(comparison, named)
    click.echo(render_comparison(comparison, wide=wide))
    write_reports(comparison, json_file=json_file, markdown=markdown, junit=junit)
    click.get_current_context().exit(exit_code(comparison))
