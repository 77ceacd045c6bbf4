"""One release against itself: how often its sessions, dealt out to stand-ins for releases, are called different.

What is compared is identical, so each effect that is found is a false alarm, on this machine and of its real noise.
"""

from batchmark.errors import BatchmarkError
from batchmark.studies.release_history import DEFAULT_TOLERANCE, LineHistory, compare_releases
from batchmark.timeline.history import Commit, Key, Measurements

# As many as a history has: fewer leave too few degrees of freedom.
_PASSES = 2
_FEWEST_STAND_INS = 3


def compare_with_itself(
    release: Commit, measured: Measurements, *, tolerance: float = DEFAULT_TOLERANCE
) -> LineHistory:
    """Deal a release's sessions, in the order they were measured in, to stand-ins of two sessions each; compare those.

    A stand-in's first session is one of the first half and its second one of the second half, so that the halves are
    passes: what an hour has in common is in the same pass of all.

    Raises BatchmarkError: fewer than six sessions.
    """
    fewest = min(map(measured.count, measured.passes), default=0)
    stand_ins = fewest // _PASSES
    if stand_ins < _FEWEST_STAND_INS:
        message = (
            f"{release.tag} has {fewest} sessions, and a comparison with itself takes at least "
            f"{_PASSES * _FEWEST_STAND_INS}; type: batchmark releases run --only {release.tag} --passes 20"
        )
        raise BatchmarkError(message)
    releases = tuple(
        Commit(f"{release.commit}/{number}", f"{release.tag} ({number + 1})", f"{release.title} ({number + 1})", "")
        for number in range(stand_ins)
    )
    dealt = {each.commit: _dealt(measured, number, stand_ins) for number, each in enumerate(releases)}
    return compare_releases(f"{release.title} against itself", releases, dealt, tolerance=tolerance)


def _dealt(measured: Measurements, number: int, stand_ins: int) -> Measurements:
    chosen = [number + half * stand_ins for half in range(_PASSES)]

    def part(key: Key, sessions: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        # What is not measured in every session can't be dealt out.
        whole = len(sessions) == measured.count(key.suite)
        return tuple(sessions[index] for index in chosen) if whole else ()

    return Measurements(
        sessions={key: part(key, sessions) for key, sessions in measured.sessions.items()},
        passes=dict.fromkeys(measured.passes, tuple(range(1, _PASSES + 1))),
        failed={},
        last_measured=measured.last_measured,
    )
