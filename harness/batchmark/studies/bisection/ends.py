"""The two ends of a bisection as a user names them: the same requirements but for one package's version."""

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from batchmark.environments.requested import split_requirements
from batchmark.errors import BatchmarkError

_TYPE = 'type the same requirements but for one version, as in --good "keras==3.6.0" --bad "keras==3.9.0"'


@dataclass(frozen=True)
class Ends:
    """A package, two versions of it, and what is held."""

    package: str
    """With its extras, as it was typed."""
    good: Version
    bad: Version
    held: tuple[str, ...] = ()
    """The other requirements."""

    @property
    def name(self) -> str:
        """The package's, without extras."""
        return self.package.partition("[")[0]

    def at(self, version: str) -> str:
        """Return the requirements with the package at `version`."""
        return " ".join((f"{self.package}=={version}", *self.held))


def ends_of(good: str, bad: str, beside: tuple[str, ...] = ()) -> Ends:
    """Return what two sets of requirements differ in, with those `beside` them held too.

    Raises BatchmarkError: they differ in more or less than one package's version, the version is no pin, or the
    good one is the newer one.
    """
    ours, theirs = _by_name(good, "--good"), _by_name(bad, "--bad")
    if alone := sorted(ours.keys() ^ theirs.keys()):
        message = f"{', '.join(alone)} is named on one side only; {_TYPE}"
        raise BatchmarkError(message)
    differ = [name for name, requirement in ours.items() if _told(requirement) != _told(theirs[name])]
    if not differ:
        message = f"--good and --bad are the same ({good}): nothing lies between them; {_TYPE}"
        raise BatchmarkError(message)
    if len(differ) > 1:
        message = f"--good and --bad differ in {' and '.join(differ)}, and one package is looked into; {_TYPE}"
        raise BatchmarkError(message)
    name = differ[0]
    package = _without_version(ours[name])
    if package != _without_version(theirs[name]):
        message = f"--good and --bad differ in more than the version of {name}; {_TYPE}"
        raise BatchmarkError(message)
    first, last = _pinned(ours[name]), _pinned(theirs[name])
    if first == last:
        message = f"--good and --bad are the same version, {name} {first}: nothing lies between them; {_TYPE}"
        raise BatchmarkError(message)
    if first > last:
        message = (
            f"the good {name}, {first}, is newer than the bad one, {last}: what is looked for is the release that made "
            f'training slower; type --good "{package}=={last}" --bad "{package}=={first}" if it did'
        )
        raise BatchmarkError(message)
    kept = [str(requirement) for each, requirement in ours.items() if each != name]
    held = (*kept, *(each for text in beside for each in split_requirements(text)))
    return Ends(package, first, last, tuple(dict.fromkeys(held)))


def _by_name(text: str, option: str) -> dict[str, Requirement]:
    found = [Requirement(each) for each in split_requirements(text)]
    named = {str(canonicalize_name(requirement.name)): requirement for requirement in found}
    if len(named) < len(found):
        message = f"{option} names a package twice: {text}"
        raise BatchmarkError(message)
    return named


def _told(requirement: Requirement) -> str:
    """Return a requirement with its name as an index has it: ``TensorFlow`` and ``tensorflow`` are one."""
    return str(requirement).replace(requirement.name, str(canonicalize_name(requirement.name)), 1)


def _without_version(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{canonicalize_name(requirement.name)}{extras}"


def _pinned(requirement: Requirement) -> Version:
    specifiers = list(requirement.specifier)
    if len(specifiers) == 1 and specifiers[0].operator == "==" and requirement.marker is None:
        try:
            return Version(specifiers[0].version)
        except InvalidVersion:
            # As of keras==3.6.*
            pass
    message = f"{requirement} pins no version; {_TYPE}"
    raise BatchmarkError(message)
