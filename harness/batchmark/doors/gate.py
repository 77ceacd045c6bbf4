"""The command `gate`: stored comparisons and sweeps in, an exit code out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from batchmark.comparison import Comparison, Policy
from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.comparison import settings_of_project, write_reports
from batchmark.doors.options import CONFIG, JSON, JUNIT, MARKDOWN, TOLERANCE, option
from batchmark.errors import BatchmarkError
from batchmark.files.comparison import read_comparison
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.policy import all_of, parse_noise, parse_tolerance
from batchmark.files.stored_noise import STORED_NOISE, StoredNoise, default_path
from batchmark.metrics import table
from batchmark.report.comparison import render_comparison
from batchmark.studies.stored.folder import baseline_of
from batchmark.studies.stored.gate import exit_code, judge_again, require_known_workloads
from batchmark.studies.stored.runs import compare_stored

_UPGRADE = Choice("upgrade", Kind.FILE, "A comparison stored by `batchmark upgrade --json FILE`.")
_BASELINE = Choice(
    "baseline",
    Kind.FILE_OR_FOLDER,
    "A sweep stored by `batchmark sweep --json FILE`, or by pytest; of a folder of them the newest that was stored "
    "before the candidate on its hardware, and those with its packages tell the noise between runs.",
)
_CANDIDATE = Choice("candidate", Kind.FILE, "Another, compared with the baseline.")
_NOISE = Choice(
    "noise",
    Kind.TEXT,
    "With --baseline: what two stored runs of the same thing differ by, as a standard deviation: "
    "seconds_per_epoch=5%. May be repeated.",
    many=True,
    called="METRIC=SHARE",
)
_STORED_NOISE = Choice(
    "stored-noise",
    Kind.FILE,
    "With --baseline: written by batchmark calibrate --stored --json (default: what the folder tells, or this "
    "machine's).",
)


@click.command(
    epilog="Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged (bad input, or sides that "
    "are not comparable); 3 inconclusive, or a comparison that did not finish."
)
@option(_UPGRADE)
@option(_BASELINE)
@option(_CANDIDATE)
@option(TOLERANCE, "tolerances")
@option(_NOISE)
@option(_STORED_NOISE)
@option(CONFIG)
@option(choices.WIDE, default=False)
@option(JSON, "json_file")
@option(MARKDOWN)
@option(JUNIT)
def gate(  # noqa: PLR0917  click passes them by name
    upgrade: Path | None,
    baseline: Path | None,
    candidate: Path | None,
    tolerances: tuple[str, ...],
    noise: tuple[str, ...],
    stored_noise: Path | None,
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
    inconclusive. A folder of stored sweeps as --baseline tells both: the baseline, and what its runs differ by.
    """
    named = all_of([*map(parse_tolerance, tolerances), *map(parse_noise, noise)])
    settings = settings_of_project(config).then(named)
    if upgrade and not (baseline or candidate or noise or stored_noise):
        comparison = judge_again(read_comparison(upgrade), settings)
    elif baseline and candidate and not upgrade:
        policy = settings.applied_to(Policy(table.default_tolerances()))
        comparison = _compared(baseline, candidate, policy, settings.noise, stored_noise)
    else:
        message = (
            "type --upgrade FILE, or --baseline FILE and --candidate FILE, with --noise and --stored-noise for these "
            "two alone"
        )
        raise BatchmarkError(message)
    require_known_workloads(comparison, named)
    click.echo(render_comparison(comparison, wide=wide))
    write_reports(comparison, json_file=json_file, markdown=markdown, junit=junit)
    click.get_current_context().exit(exit_code(comparison))


def _compared(
    baseline: Path, candidate: Path, policy: Policy, given: Mapping[str, float], stored_noise: Path | None
) -> Comparison:
    """Return the candidate compared with a stored sweep, or with what a folder has of them."""
    after = read_any_sweep(candidate)
    if not baseline.is_dir():
        before = read_any_sweep(baseline)
        return compare_stored(before, after, policy, between_runs=given, measured=_measured(stored_noise))
    found = baseline_of(baseline, after, candidate)
    measured = found.noise if found.noise and not stored_noise else _measured(stored_noise)
    comparison = compare_stored(found.baseline, after, policy, between_runs=given, measured=measured)
    return replace(comparison, warnings=(*found.notes, *comparison.warnings))


def _measured(named: Path | None) -> StoredNoise | None:
    """Return what stored sweeps were measured to differ by: as `named`, or as kept for this machine."""
    file = named or default_path()
    return STORED_NOISE.read(file) if named or file.exists() else None
