"""Claim 9: batch 1 → 32 raises the throughput of a recurrent network 22.9 times on a GPU, 3.2 times on a TPU."""

from batchmark.analysis.rules import level_for
from batchmark.analysis.speedup import speedup
from batchmark.loops import COMPILED, FIT
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, together
from batchmark.studies.claims.timed_cells import cells_of, turns_of
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.sequence_rnn import SEQUENCE_RNN

SMALL, LARGE = 1, 32
_CLAIMED = {"GPU": 22.9, "TPU": 3.2}
"""By kind of device: of no other is anything claimed."""
_LOOPS = (FIT, COMPILED)
_TIMING = Timing(SEQUENCE_RNN.name, (SMALL, LARGE), _LOOPS, turns=12)


def judge(results: Results) -> Finding:
    """Judge examples per second at 32 over those at 1, by each loop, against the number of this kind of device."""
    device = str(results.of_timing(_TIMING).facts.get("device", "CPU"))
    claimed = _CLAIMED.get(device)
    level = level_for(len(_LOOPS))
    records = {loop: cells_of(results, _TIMING, loop) for loop in _LOOPS}
    # An epoch has the same examples at both.
    ratios = {loop: speedup(each[SMALL], each[LARGE], level=level) for loop, each in records.items()}
    answers = {} if claimed is None else {loop: _reaches(ratio, claimed) for loop, ratio in ratios.items()}
    return Finding(
        together(list(answers.values())),
        _sentence(ratios, device, _unjudged() if claimed is None else _judged(answers, device, claimed)),
        tuple(
            Condition(f"examples a second at {LARGE} over at {SMALL}, {loop}", ratio, "×", answers.get(loop))
            for loop, ratio in ratios.items()
        ),
        seeds=min(turns_of(each) for each in records.values()),
        notes=(
            "Claimed of a recurrent transducer for speech: a number is compared, of another network and other data.",
        ),
    )


def _reaches(ratio: Estimate, claimed: float) -> Answer:
    if ratio.low is not None and ratio.low >= claimed:
        return Answer.CONFIRMED
    return Answer.REFUTED if ratio.high is not None and ratio.high < claimed else Answer.INCONCLUSIVE


def _sentence(ratios: dict[str, Estimate], device: str, says: str) -> str:
    found = in_a_row([f"{told(ratio, '.1f', ' ×')} by {loop}" for loop, ratio in ratios.items()])
    return f"On this {device} the throughput of a GRU at {LARGE}, over that at {SMALL}, is {found}; {says}."


def _judged(answers: dict[str, Answer], device: str, claimed: float) -> str:
    held = [loop for loop, answer in answers.items() if answer is Answer.CONFIRMED]
    least = f"at least the {claimed} × of a {device}"
    missed = [loop for loop, answer in answers.items() if answer is Answer.REFUTED]
    says = f"that is {least} by {in_a_row(held)}" if held else f"it is not shown to be {least}"
    return says + (f", and less by {in_a_row(missed)}" if missed else "")


def _unjudged() -> str:
    figures = in_a_row([f"{claimed} × of a {device}" for device, claimed in _CLAIMED.items()])
    return f"the {figures} can't be judged by that: neither device is here"


CLAIM = Claim(
    number=9,
    who="P, citing Bagby, Rao, Sim 2018",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332; Bagby et al. 2018, doi 10.1109/SLT.2018.8639690",
    sentence=(
        "From batch size 1 to 32, the throughput of a recurrent network rises 22.9 times on a GPU and 3.2 times on a "
        "TPU."
    ),
    workload=SEQUENCE_RNN.name,
    rule=(
        f"Examples a second at {LARGE} over those at {SMALL}, steady epochs by fit and by the compiled loop, turn by "
        f"turn over {_TIMING.turns} turns; both intervals hold together at 95 %. Confirmed: both lie at or above "
        f'{_CLAIMED["GPU"]} on a GPU, or at or above {_CLAIMED["TPU"]} on a TPU: a number is taken as "at least". '
        "Refuted: one lies below it. Otherwise inconclusive, as it is on a CPU, of which nothing is claimed, whatever "
        "the ratio is there."
    ),
    parts=(_TIMING,),
    judge=judge,
    kind_of_network="recurrent",
)
