"""Machines of one name and different hardware, in a line each."""

from collections.abc import Sequence

from batchmark.report.units import enumeration
from batchmark.studies.stored.machines import Machine


def say_alike(alike: Sequence[Sequence[Machine]]) -> list[str]:
    """Return a line for each name that several machines have."""
    return [
        f"{len(own)} machines are called {own[0].node} and differ: {enumeration([each.hardware for each in own])}. "
        "They are told apart here."
        for own in alike
    ]
