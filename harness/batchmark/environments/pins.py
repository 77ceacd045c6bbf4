"""A lock: every package of a release's environment, each at one version."""

import re
from collections.abc import Mapping
from pathlib import Path

from batchmark.errors import BatchmarkError

_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;#,=<>!~]+)")


class LockError(BatchmarkError):
    """A lock that is missing, isn't one, or can't be resolved."""


def normal_name(package: str) -> str:
    """Return a package's name as indexes compare them. Source: PEP 503, 2015."""
    return re.sub(r"[-_.]+", "-", package).lower()


def read_pins(path: Path) -> Mapping[str, str]:
    """Read a lock as normal name → version.

    Raises:
        LockError: There is no such file, or a line is something else than `name==version`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path}: no such lock; make it with batchmark releases update, or restore it with git checkout"
        raise LockError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: can't be read as a lock ({error}); restore it with git checkout"
        raise LockError(message) from error
    pins: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        pin = _PIN.fullmatch(stripped)
        if pin is None or normal_name(pin["name"]) in pins:
            fault = "is no name==version" if pin is None else "pins a package a second time"
            message = f"{path}:{number}: {stripped!r} {fault}; restore the lock with git checkout"
            raise LockError(message)
        pins[normal_name(pin["name"])] = pin["version"]
    return pins
