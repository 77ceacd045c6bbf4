"""Which machine something was measured on, by name: two of one name and different hardware are told apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from batchmark.comparison import Comparison
from batchmark.files.answers import StoredAnswer
from batchmark.files.brief import BriefSweep
from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaims
from batchmark.files.results import Content, Results
from batchmark.files.sweep import StoredSweep, processor_in
from batchmark.measurement.hardware import GPU

UNNAMED = "an unnamed machine"
"""A comparison's file doesn't tell whose it is."""


@dataclass(frozen=True)
class Machine:
    """What is known of it; empty where it isn't."""

    node: str
    processor: str
    cores: str
    gpu: str

    @property
    def hardware(self) -> str:
        """It in words: ``AMD EPYC, 2 cores``."""
        cores = f"{self.cores} cores" if self.cores else ""
        return ", ".join(each for each in (self.gpu, self.processor, cores) if each) or "hardware not recorded"


def machine_of(facts: Mapping[str, object] | None, machine_info: Mapping[str, object] | None = None) -> Machine:
    """Return the machine that facts are of; `machine_info` is what pytest-benchmark knows of it."""
    known, info = facts or {}, machine_info or {}
    name = _text(known.get("device_name"))
    is_gpu = known.get("device") == GPU
    return Machine(
        node=_text(info.get("node") or known.get("node")),
        processor=_text(processor_in(info) or known.get("processor")) or ("" if is_gpu else name),
        cores=_text(known.get("cores")),
        gpu=(name or GPU) if is_gpu else "",
    )


def machine_of_sweep(stored: StoredSweep | BriefSweep) -> Machine:
    """Return the machine that a sweep was measured on."""
    return machine_of(stored.facts, stored.machine_info)


def machine_of_content(content: Content) -> Machine:
    """Return the machine that what a file holds was measured on; of a comparison, its candidate's."""
    match content:
        case StoredSweep():
            return machine_of_sweep(content)
        case Comparison():
            return machine_of(content.environment.candidate)
        case Calibration():
            return machine_of(content.facts)
        case StoredClaims() | StoredAnswer():
            return machine_of(content.environment)


@dataclass(frozen=True)
class MachinesOfResults:
    """The machines that results were measured on."""

    called: Mapping[str, str]
    """By the file's name."""
    alike: tuple[tuple[Machine, ...], ...]
    """Those of one name and different hardware."""


def machines_of(results: Results) -> MachinesOfResults:
    """Return what the machine of each result, and of each sweep that is known in brief, is called."""
    machines = {result.name: machine_of_content(result.content) for result in results.read}
    machines |= {sweep.name: machine_of_sweep(sweep) for sweep in results.sweeps}
    names, alike = name_machines(machines.values())
    return MachinesOfResults({name: names[machine] for name, machine in machines.items()}, alike)


def name_machines(machines: Iterable[Machine]) -> tuple[dict[Machine, str], tuple[tuple[Machine, ...], ...]]:
    """Return what each is called, and of each name that several of different hardware have these."""
    distinct = list(dict.fromkeys(machines))
    names: dict[Machine, str] = {}
    alike: list[tuple[Machine, ...]] = []
    for node in dict.fromkeys(machine.node for machine in distinct):
        own = [machine for machine in distinct if machine.node == node]
        # What one file doesn't tell isn't another machine's.
        kinds = dict.fromkeys(_completed(machine, own) for machine in own)
        for machine in own:
            whole = _completed(machine, own)
            names[machine] = _called(whole, is_alone=len(kinds) == 1)
        if node and len(kinds) > 1:
            alike.append(tuple(kinds))
    return names, tuple(alike)


def _called(machine: Machine, *, is_alone: bool) -> str:
    if not machine.node:
        return f"{UNNAMED} ({machine.hardware})"
    return machine.node if is_alone else f"{machine.node} ({machine.hardware})"


def _completed(machine: Machine, others: Iterable[Machine]) -> Machine:
    """Return it with what isn't known of it taken from others of its name, where they all tell the same."""
    found = machine
    for field in ("processor", "cores"):
        told = {getattr(other, field) for other in others} - {""}
        if not getattr(found, field) and len(told) == 1:
            found = replace(found, **{field: told.pop()})
    return found


def _text(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
