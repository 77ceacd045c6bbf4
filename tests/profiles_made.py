"""Profiles as a worker would give them."""

from collections.abc import Mapping

from batchmark.profiles import Called, Frame, Operation, Phase, Profile, Stack

Seen = Mapping[tuple[str, ...], float]


def frame(place: str) -> Frame:
    """Return ``package.module:name`` as a frame; of a package, unless it is ``mine``."""
    module, _, name = place.partition(":")
    package = module.partition(".")[0]
    return Frame(name, module, 10, "" if package == "mine" else package, runs_anything=name == "execute")


def profile(
    stacks: Mapping[Phase, Seen],
    *,
    called: Mapping[str, float] | None = None,
    packages: Mapping[str, str] | None = None,
    operations: Mapping[str, float] | None = None,
) -> Profile:
    """Return a profile of these stacks, by phase: places from the outermost on, with their seconds."""
    places = list(dict.fromkeys(place for seen in stacks.values() for stack in seen for place in stack))
    phases: dict[str, float] = {phase: sum(seen.values(), 0.0) for phase, seen in stacks.items()}
    return Profile(
        seconds_per_epoch=sum(phases.values()),
        epochs=10,
        samples=100,
        frames=tuple(map(frame, places)),
        stacks=tuple(
            Stack(tuple(map(places.index, stack)), phase, seconds)
            for phase, seen in stacks.items()
            for stack, seconds in seen.items()
        ),
        phases=phases,
        called=tuple(
            Called(frame(place).name, frame(place).module, frame(place).package, 10, calls)
            for place, calls in (called or {}).items()
        ),
        calls=sum((called or {}).values()),
        operations=tuple(Operation(kind, 1.0, seconds) for kind, seconds in (operations or {}).items()),
        packages=dict(packages or {}),
    )
