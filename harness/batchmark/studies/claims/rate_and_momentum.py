"""Claim 14: the batch size may grow in proportion to the rate, and to 1/(1 - momentum), at slightly lower accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import difference, worst_if_diverged
from batchmark.analysis.rules import above, below, level_for, within
from batchmark.course import constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.losses import SAME, curve_of, diverged, fresh_loss
from batchmark.studies.claims.same_curve import Apart, judge_same_curve, largest_gap
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import fresh_quality
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.studies.ruler.paper import EPOCHS
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS

SEEDS = 200
MARGIN = BLOBS.quality_margin
"""Accuracy that is off by less is the same; one that is lower by more is not slightly lower."""
LITTLE = round(MARGIN / 10, 4)
"""Accuracy that is within so little of the same is not lower at all."""
_SETTLED = EPOCHS // 20
"""Epochs from which on curves are compared: their very beginning goes by updates, of which the batches have unlike
many."""
_FAMILY = 4
_OWN_MOMENTUM = 0.9
_EPOCHS_PER_LOOK = 10


@dataclass(frozen=True)
class Setting:
    """A batch size, a rate and a momentum."""

    name: str
    size: int
    rate: float
    momentum: float = _OWN_MOMENTUM

    @property
    def noise_scale(self) -> float:
        """The source's, of one example: εN/(B(1 - m)) over N."""
        return self.rate / (self.size * (1 - self.momentum))

    @property
    def arm(self) -> Arm:
        """Its trainings."""
        course = constant(self.size, epochs=EPOCHS, learning_rate=self.rate, epochs_per_look=_EPOCHS_PER_LOOK)
        settings = () if self.momentum == _OWN_MOMENTUM else (("momentum", self.momentum),)
        return Arm(BLOBS.name, course, SEEDS, settings=settings)

    def __str__(self) -> str:
        """Return all three numbers."""
        return f"{self.size} at rate {self.rate:g}, momentum {self.momentum:g}"


BASE = Setting("base", 16, 0.01)
MATCHED = (Setting("B ∝ ε", 64, 0.04), Setting("B ∝ 1/(1 - m)", 32, 0.01, 0.95))
UNMATCHED = Setting("larger batch alone", 64, 0.01)
"""The control, at the base's rate and momentum: where its curve is the same, equal curves say nothing of the rules."""


def judge(results: Results) -> Finding:
    """Judge whether each larger batch has the base's curve and accuracy, where one that isn't matched has not."""
    base, unmatched = results.of(BASE.arm), results.of(UNMATCHED.arm)
    matched = {setting: results.of(setting.arm) for setting in MATCHED}
    curves = [_curve(setting, followed, base) for setting, followed in matched.items()]
    accuracies = [_accuracy(setting, followed, base) for setting, followed in matched.items()]
    judged = [*curves, *accuracies]
    same = together([each.answer for each in judged if each.answer])
    alone = judge_same_curve(unmatched, base, after=_SETTLED * BLOBS.examples, conditions=_FAMILY)
    is_untold = same is Answer.CONFIRMED and alone.answer is not Answer.REFUTED
    every = [base, *matched.values(), unmatched]
    return Finding(
        Answer.INCONCLUSIVE if is_untold else same,
        _sentence(curves, accuracies) + _control(alone),
        (*judged, *_shown(matched, base), _of_control(alone)),
        seeds=min(len(each.seeds) for each in every),
        diverged=diverged(every),
        notes=(f"Noise scale εN/(B(1 - m)): {BASE.noise_scale * BLOBS.examples:.4g} at each of the three.",),
        pictures=(_picture(base, matched, unmatched),),
    )


def _curve(setting: Setting, followed: Followed, base: Followed) -> Condition:
    apart = judge_same_curve(followed, base, after=_SETTLED * BLOBS.examples, conditions=_FAMILY)
    epoch = apart.examples / BLOBS.examples
    what = f"validation loss at {setting} minus the base's, furthest apart of {apart.looks} looks: after epoch"
    return Condition(f"{what} {epoch:g}", apart.estimate, "nats", apart.answer)


def _accuracy(setting: Setting, followed: Followed, base: Followed) -> Condition:
    found = difference(_worst(followed), _worst(base), level=level_for(_FAMILY))
    return Condition(
        f"accuracy at {setting} minus the base's", found, answer=Answer(within(found, -MARGIN, MARGIN).value)
    )


def _worst(followed: Followed) -> NDArray[np.float64]:
    return worst_if_diverged(fresh_quality(followed), higher_is_better=True)


def _is_slightly_lower(found: Estimate) -> Answer:
    is_lower = Answer(below(found, 0.0, refuted_within=LITTLE).value)
    is_slight = Answer(above(found, -MARGIN).value)
    return together([is_lower, is_slight])


def _shown(matched: Mapping[Setting, Followed], base: Followed) -> list[Condition]:
    conditions = []
    for setting, followed in matched.items():
        gap = median_interval(largest_gap(followed, base, after=_SETTLED * BLOBS.examples))
        conditions.append(Condition(f"one seed's largest gap to the base at {setting}, noise included", gap, "nats"))
        loss = difference(fresh_loss(followed), fresh_loss(base), level=level_for(_FAMILY))
        conditions.append(Condition(f"loss at the end at {setting} minus the base's", loss, "nats"))
    return conditions


def _of_control(alone: Apart) -> Condition:
    what = f"validation loss at {UNMATCHED} minus the base's, furthest apart of {alone.looks} looks"
    return Condition(what, alone.estimate, "nats")


def _control(alone: Apart) -> str:
    """Return what a larger batch does alone: if that is the same too, equal curves say nothing of the rules."""
    says = {
        Answer.REFUTED: "so the experiment can tell a batch that is matched from one that isn't",
        Answer.CONFIRMED: "so the experiment can't tell a batch that is matched from one that isn't",
    }.get(alone.answer, "so it is not shown that the experiment could tell a batch that is matched from one that isn't")
    return f" {UNMATCHED}, {UNMATCHED.name}, is furthest {told(alone.estimate, '+.4f')} nats off, {says}."


def _sentence(curves: Sequence[Condition], accuracies: Sequence[Condition]) -> str:
    told_each = [
        (
            f"{setting.name} ({setting}): {_CURVE[curve.answer or Answer.INCONCLUSIVE]}, furthest "
            f"{told(curve.estimate, '+.4f')} nats (±{SAME}); {_ACCURACY[accuracy.answer or Answer.INCONCLUSIVE]} "
            f"(±{MARGIN}), {_LOWER[_is_slightly_lower(accuracy.estimate)]}: {told(accuracy.estimate, '+.4f')}"
        )
        for setting, curve, accuracy in zip(MATCHED, curves, accuracies, strict=True)
    ]
    return f"Against {BASE}: {'; '.join(told_each)}."


_CURVE = {
    Answer.CONFIRMED: "the same curve",
    Answer.REFUTED: "another curve",
    Answer.INCONCLUSIVE: "not shown to be the same curve or not",
}
_ACCURACY = {
    Answer.CONFIRMED: "the same accuracy",
    Answer.REFUTED: "another accuracy",
    Answer.INCONCLUSIVE: "an accuracy not shown to be the same or not",
}
_LOWER = {
    Answer.CONFIRMED: "slightly lower",
    Answer.REFUTED: "not slightly lower",
    Answer.INCONCLUSIVE: "not shown to be slightly lower or not",
}


def _picture(base: Followed, matched: Mapping[Setting, Followed], unmatched: Followed) -> Picture:
    every = {BASE: base, **matched, UNMATCHED: unmatched}
    lines = tuple(curve_of(str(setting), each) for setting, each in every.items())
    return Picture("Validation loss at matched noise scales", "examples trained on", "nats", lines)


CLAIM = Claim(
    number=14,
    who="A, citing Smith et al. 2018",
    source="Smith et al. 2018, arXiv 1711.00489",
    sentence=(
        "The batch size can grow in proportion to the learning rate ε, and to 1/(1 - m) of the momentum m, with the "
        "same curve at slightly lower accuracy."
    ),
    workload=BLOBS.name,
    rule=(
        f"{SEEDS} paired seeds, {EPOCHS} epochs, {BASE} as the base, against {in_a_row(MATCHED)}: all have the noise "
        "scale εN/(B(1 - m)) of the base. Four intervals hold together at 95 %, medians over seeds. Confirmed: at "
        f"both, validation loss is within ±{SAME} nats of the base's at each look after {_SETTLED} epochs, and "
        f"accuracy on fresh examples within ±{MARGIN} of the base's. Refuted: one curve or one accuracy is off by "
        f"more. Otherwise inconclusive. The control: at a look the curve of {UNMATCHED}, a larger batch alone, must "
        f"lie wholly outside ±{SAME} nats of the base's, or the experiment isn't shown to tell a batch that is "
        "matched from one that isn't, and what would be confirmed is inconclusive. That the accuracy is slightly "
        f"lower stands beside, not judged: it is, if below the base's by less than {MARGIN}, and is not, if higher, "
        f"within ±{LITTLE} of the same, or lower by more."
    ),
    parts=tuple(setting.arm for setting in (BASE, *MATCHED, UNMATCHED)),
    judge=judge,
)
