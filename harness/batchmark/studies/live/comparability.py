"""Whether two sides can be compared at all: what makes it meaningless is refused by name, the rest is told."""

from collections.abc import Mapping, Sequence

from batchmark.backends import JAX
from batchmark.comparison import Environments
from batchmark.errors import IncomparableError
from batchmark.records import CellRecord

_UNITED = "; "

# Another of these is another question: how fast is other hardware? Versions and flags may be the point.
_HARDWARE: Mapping[str, str] = {
    "device": "device",
    "device_name": "device",
    "device_count": "number of devices",
    "machine": "processor architecture",
    "system": "operating system",
    "cores": "number of cores",
    "intra_op_threads": "threads within an operation",
    "inter_op_threads": "threads across operations",
}
_THREADS = frozenset({"intra_op_threads", "inter_op_threads"})
# None of it is known: there is no quota.
_QUOTA = "cores_quota"
_BACKEND = "keras_backend"
# Among the flags, the one that is a number of threads by another name.
_THREADS_FLAG = "OMP_NUM_THREADS"


def require_comparable(environments: Environments) -> None:
    """Refuse two environments of other hardware or threads; a fact that a side doesn't know is no difference.

    Raises IncomparableError: with everything that differs named.
    """
    sides = [_hardware(side) for side in (environments.baseline, environments.candidate)]
    backends = [side.get(_BACKEND) for side in (environments.baseline, environments.candidate)]
    # Each backend counts its threads in its own way.
    left_out = _THREADS if _differ(*backends) else frozenset()
    differing = [
        f"{words} ({sides[0][fact]} and {sides[1][fact]})"
        for fact, words in {**_HARDWARE, _THREADS_FLAG: _THREADS_FLAG}.items()
        if fact not in left_out and _differ(sides[0].get(fact), sides[1].get(fact))
    ]
    if differing:
        message = (
            f"baseline and candidate were measured on another {', another '.join(differing)}: the comparison would "
            "say nothing of the candidate; measure both on the same"
        )
        raise IncomparableError(message)


def other_settings(ours: Mapping[str, object], theirs: Mapping[str, object]) -> tuple[str, ...]:
    """Return which of threads, flags and the quota of cores differ; what a side doesn't tell is no difference."""
    has_other_quota = _QUOTA in ours and _QUOTA in theirs and ours[_QUOTA] != theirs[_QUOTA]
    others = (fact for fact in (*sorted(_THREADS), "flags") if _differ(ours.get(fact), theirs.get(fact)))
    return (*((_QUOTA,) if has_other_quota else ()), *others)


def unknown_hardware(environments: Environments) -> tuple[str, ...]:
    """Return a warning for each side that doesn't say what hardware it was measured on."""
    warnings = []
    for name, side in (("baseline", environments.baseline), ("candidate", environments.candidate)):
        # JAX has no setting for its threads.
        told_by_none = {"device_name", *(_THREADS if side.get(_BACKEND) == JAX else ())}
        unknown = [words for fact, words in _HARDWARE.items() if fact not in told_by_none and side.get(fact) is None]
        if unknown:
            warnings.append(f"the {name} doesn't say its {', '.join(dict.fromkeys(unknown))}: taken to be the same")
    return tuple(warnings)


def require_same_work(pairs: Sequence[tuple[CellRecord, CellRecord]]) -> None:
    """Refuse (baseline, candidate) pairs of one cell that aren't the same work.

    Raises IncomparableError: with each workload and what differs named.
    """
    found: dict[str, None] = {}
    for baseline, candidate in pairs:
        for what, of_baseline, of_candidate in (
            ("workload_version", baseline.workload_version, candidate.workload_version),
            ("examples", baseline.examples, candidate.examples),
            ("tokens_per_example", baseline.tokens_per_example, candidate.tokens_per_example),
        ):
            if _differ(of_baseline, of_candidate):
                found[f"{baseline.cell.workload} has {what} {of_baseline} and {of_candidate}"] = None
    if found:
        message = (
            f"baseline and candidate trained something else: {_UNITED.join(found)}; measure both with the same workload"
        )
        raise IncomparableError(message)


def _hardware(side: Mapping[str, object]) -> dict[str, object]:
    flags = side.get("flags")
    threads = {_THREADS_FLAG: flags.get(_THREADS_FLAG, "not set")} if isinstance(flags, Mapping) else {}
    return {**{fact: side.get(fact) for fact in _HARDWARE}, **threads}


def _differ(baseline: object, candidate: object) -> bool:
    return baseline is not None and candidate is not None and baseline != candidate
