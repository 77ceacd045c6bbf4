"""A release's lock: everything its environment holds, as pip would have installed it on the release's day."""

import datetime as dt

from batchmark.environments.pins import normal_name
from batchmark.environments.uv_index import PLATFORM, NoSolutionError, uv_compile
from batchmark.timeline.releases import Line, Release

_DAY = dt.timedelta(days=1)


def resolve_lock(line: Line, release: Release) -> str:
    """Resolve a release's packages as of its day, or as of the line's, and return the lock's text.

    Where the line has a day of its own, the release's package alone may be newer than that day: two locks of such a
    line differ in nothing else, or there is no solution.

    Raises:
        NoSolutionError: There is no such release, or no set of packages that goes with it.
        LockError: The package index can't be reached.
        MissingPackageError: uv is not installed.
    """
    day = line.recipe.resolved or release.released
    options = [f"--exclude-newer={_end_of(day)}", "--prerelease=if-necessary-or-explicit"]
    if day < release.released:
        options.append(f"--exclude-newer-package={line.package}={_end_of(release.released)}")
    requirements = [f"{line.package}=={release.version}", *line.recipe.beside]
    try:
        resolved = uv_compile(requirements, python=line.recipe.python, options=options)
    except NoSolutionError as error:
        message = f"{release.title} can't be locked as of {day}: {error}; {_remedy(line)}"
        raise NoSolutionError(message) from error
    return _render(line, release, sorted(filter(None, resolved.splitlines()), key=_name))


def _render(line: Line, release: Release, pins: list[str]) -> str:
    others = "what pip would have installed with it that day"
    if line.recipe.resolved:
        others = f"everything else as of {line.recipe.resolved}"
    return "\n".join(
        [
            f"# {release.title}, released {release.released}, and {others}.",
            f"# Python {line.recipe.python}, {PLATFORM}. Never edit it: its bytes are part of the hash of a commit,",
            "# and measurements are stored under that hash. Install it with uv pip install --no-deps -r FILE",
            *pins,
            "# only for the data in it, so without what it depends on, and without a date",
            *sorted(line.recipe.alone, key=_name),
            "",
        ]
    )


def _remedy(line: Line) -> str:
    if line.recipe.resolved:
        return f"if it needs newer packages than that, give branch {line.branch} a later `resolved` in the list"
    return "check its version and its date in the list"


def _end_of(day: dt.date) -> str:
    """Return the first moment after a day, in UTC, as uv wants it."""
    return f"{day + _DAY}T00:00:00Z"


def _name(pin: str) -> str:
    return normal_name(pin.partition("==")[0])
