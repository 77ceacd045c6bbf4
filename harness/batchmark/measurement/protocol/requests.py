"""Everything that a worker can be asked for, and what it answers with."""

from dataclasses import dataclass

from batchmark.counters import Counters
from batchmark.course import Asked
from batchmark.measurement.protocol.answers import Burst, CallsPerEpoch, Opened, OverheadTurn, Probed
from batchmark.measurement.protocol.request import Request
from batchmark.profiles import Profile
from batchmark.proofs import Proof
from batchmark.records import Cell
from batchmark.trainings import Followed, Trainings, Way
from batchmark.workloads import Description


@dataclass(frozen=True)
class Facts(Request[dict[str, object]], name="facts"):
    """What TensorFlow knows of its environment."""


@dataclass(frozen=True)
class Describe(Request[Description], name="describe"):
    """What there is to know of a workload, after its model was tried out for a few steps."""

    workload: str


@dataclass(frozen=True)
class Prove(Request[Proof], name="prove"):
    """Whether a loop does ``fit``'s work on the workload's own model."""

    workload: str
    loop: str


@dataclass(frozen=True)
class TryLoop(Request[float], name="try_loop"):
    """The seconds of an epoch at the reference batch size, roughly."""

    workload: str
    loop: str
    seed: int


@dataclass(frozen=True)
class Open(Request[Opened], name="open"):
    """A cell's training, built, its first epoch run and warmed up."""

    cell: Cell
    loop: str
    """What runs it: the cell's own loop, or the one that was chosen for it."""
    seed: int
    same_learning_rate: bool
    """Whether the workload's learning rates by batch size are ignored."""


@dataclass(frozen=True)
class RunBurst(Request[Burst], name="burst"):
    """Rounds of an open cell, in a call of its loop's own."""

    cell: Cell
    warm_up: int
    """Epochs thrown away before the rounds, at least 1."""
    rounds: int


@dataclass(frozen=True)
class Begin(Request[None], name="begin"):
    """The beginning of a call of an open cell's loop, for bursts that go on within it."""

    cell: Cell


@dataclass(frozen=True)
class GoOn(Request[Burst], name="go_on"):
    """Rounds of an open cell within the call that was begun."""

    cell: Cell
    warm_up: int
    """Epochs thrown away before the rounds; may be 0."""
    rounds: int


@dataclass(frozen=True)
class End(Request[None], name="end"):
    """The end of the call that was begun."""

    cell: Cell


@dataclass(frozen=True)
class WatchWaiting(Request[float | None], name="waiting"):
    """The share of an open cell's epoch, 0 to 1, that waits for its next batch; None without a pipeline."""

    cell: Cell


@dataclass(frozen=True)
class CountWork(Request[Counters], name="count_work"):
    """What an epoch of an open cell does, counted: in epochs of their own, no round among them."""

    cell: Cell


@dataclass(frozen=True)
class ProfileEpochs(Request[Profile], name="profile_epochs"):
    """Where the epochs of an open cell spend their time, sampled and profiled: no round among them."""

    cell: Cell


@dataclass(frozen=True)
class PeakHostBytes(Request[int], name="peak_host_bytes"):
    """The most memory the worker has had until now: at first, what importing TensorFlow takes."""


@dataclass(frozen=True)
class Probe(Request[Probed], name="probe"):
    """One cell trained and evaluated in small, to see what memory that takes."""

    cell: Cell
    seed: int
    memory_limit: int | None = None
    """In bytes, the worker's from here on; None: no limit."""


@dataclass(frozen=True)
class Train(Request[Trainings], name="train"):
    """How trainings went that differ in their seed alone; the share that is done is told meanwhile."""

    workload: str
    batch_size: int
    learning_rate: float | None
    """None: the model's own."""
    seeds: tuple[int, ...]
    epochs: int
    handed_over: str | None = None
    """The file with the initial weights, as `HandOver` wrote it; None: those that this worker's backend draws."""
    way: Way | None = None
    """As `FindWay` found it in another worker; None: this worker finds it."""


@dataclass(frozen=True)
class FindWay(Request[Way], name="find_way"):
    """How seeds of a workload are trained: the fastest way that was proven to do ``fit``'s work."""

    workload: str


@dataclass(frozen=True)
class Follow(Request[Followed], name="follow"):
    """How trainings went along a course; the share that is done is told meanwhile."""

    asked: Asked


@dataclass(frozen=True)
class HandOver(Request[None], name="hand_over"):
    """The initial weights of seeds, written into a file for another worker."""

    workload: str
    seeds: tuple[int, ...]
    path: str


@dataclass(frozen=True)
class BoundaryCost(Request[float], name="boundary_cost"):
    """The harness's own work per round, in seconds."""


@dataclass(frozen=True)
class CountCalls(Request[CallsPerEpoch], name="count_calls"):
    """The function calls of an epoch without and with the harness."""

    workload: str
    batch_size: int


@dataclass(frozen=True)
class TakeOverheadTurn(Request[OverheadTurn], name="overhead_turn"):
    """A call of ``fit`` whose epochs are harnessed, bare or bare again, in an order drawn from `seed`."""

    workload: str
    batch_size: int
    epochs: int
    """Of each of the three."""
    seed: int
