"""What the doors of live comparisons and of the gate have in common: the project's tolerances, and the reports."""

from collections.abc import Callable, Sequence
from pathlib import Path

from batchmark.comparison import Comparison
from batchmark.errors import PolicyError
from batchmark.files.comparison import comparison_as_json
from batchmark.files.policy import PolicySettings, read_settings
from batchmark.files.project_file import find_file
from batchmark.files.whole_file import write_whole
from batchmark.report.comparison_junit import render_comparison_as_junit
from batchmark.report.comparison_markdown import render_comparison_as_markdown

_FORMS: tuple[Callable[[Comparison], str], ...] = (
    comparison_as_json,
    render_comparison_as_markdown,
    render_comparison_as_junit,
)


def settings_of_project(config: Path | None) -> PolicySettings:
    """Return what `config`, or the nearest pyproject.toml, names of tolerances."""
    file = config or find_file(Path())
    return read_settings(file) if file else PolicySettings()


def require_known_workloads(named: PolicySettings, workloads: Sequence[str]) -> None:
    """Refuse tolerances for workloads that aren't compared: a misspelled one would judge nothing.

    Raises PolicyError.
    """
    for name in named.by_workload:
        if name not in workloads:
            message = f"a tolerance is named for workload {name!a}, and {', '.join(workloads)} is compared"
            raise PolicyError(message)


def write_reports(comparison: Comparison, *, json_file: Path | None, markdown: Path | None, junit: Path | None) -> None:
    """Write a comparison into those files that were asked for.

    Raises StoredFileError: one can't be written.
    """
    for path, render in zip((json_file, markdown, junit), _FORMS, strict=True):
        if path:
            write_whole(path, render(comparison))
