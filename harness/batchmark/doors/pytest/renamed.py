"""What is said to somebody who uses a name that our options and fixtures had before they got a prefix.

Neither name is declared any more: another suite may.
"""

from collections.abc import Generator, Sequence

import pytest

from batchmark.doors.sweep_options import OLD_NAMES

SWEEP = "batchmark_sweep"
"""The fixture of a benchmark's cell."""
QUALITY_STUDY = "batchmark_quality_study"
"""The fixture of an accuracy test's batch size."""

OLD_FIXTURES = {"sweep": SWEEP, "quality_study": QUALITY_STUDY}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, None, None]:
    """Refuse an option's old name, once every plugin and conftest.py had the chance to declare it."""
    yield
    if not any(_name_of(argument) in OLD_NAMES for argument in args):
        return
    known, others = parser.parse_known_and_unknown_args(args)
    # Some releases of pytest have values among them.
    unknown = [_name_of(argument) for argument in others if argument.startswith("-")]
    if known.help:
        return
    if old := [name for name in unknown if name in OLD_NAMES]:
        raise pytest.UsageError(_line_on(unknown, old))


def pytest_exception_interact(call: pytest.CallInfo[object], report: pytest.TestReport | pytest.CollectReport) -> None:
    """Say what a fixture is called that a test asks for by its old name, and that nobody else has."""
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, pytest.FixtureLookupError) and error.argname in OLD_FIXTURES:
        line = f"Batchmark's fixture {error.argname!r} is called {OLD_FIXTURES[error.argname]!r} now"
        report.sections.append(("Batchmark", line))


def _line_on(unknown: Sequence[str], old: Sequence[str]) -> str:
    now = ", ".join(f"{name} is {OLD_NAMES[name]}" for name in dict.fromkeys(old))
    return f"unrecognized arguments: {' '.join(unknown)}; if Batchmark's are meant: {now} now"


def _name_of(argument: str) -> str:
    return argument.partition("=")[0]
