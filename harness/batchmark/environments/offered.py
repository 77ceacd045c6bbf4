"""Which releases of a package the index offers, between two of them."""

from packaging.version import Version

from batchmark.environments.uv_index import NoSolutionError, uv_compile

# Of the package alone: whether a release goes with all else is told where its environment is made.
_ALONE = ("--no-deps", "--prerelease", "disallow")


def releases_between(package: str, low: Version, high: Version, *, python: str) -> tuple[str, ...]:
    """Return the releases of `package` above `low` and below `high` for Python version `python`, ascending.

    Left out are pre-releases, post-releases of `low`, what was yanked, and what can't be installed on this machine. A
    package that isn't there has none.

    Raises LockError: the index can't be reached. MissingPackageError: uv is not installed.
    """
    found: list[Version] = []
    bound = high
    while (newest := _newest(package, low, bound, python=python)) is not None and low < newest < bound:
        found.append(newest)
        bound = newest
    return tuple(str(version) for version in reversed(found))


def _newest(package: str, low: Version, below: Version, *, python: str) -> Version | None:
    # A bound has no local part: torch 2.13.0+cpu is not below 2.13.0 either.
    wanted = f"{package}>{low.public},<{below.public}"
    try:
        resolved = uv_compile((wanted,), python=python, options=_ALONE, for_platform=None)
    except NoSolutionError:
        return None
    pins = [line.partition("==")[2].split() for line in resolved.splitlines() if "==" in line]
    return Version(Version(pins[0][0]).public) if pins else None
