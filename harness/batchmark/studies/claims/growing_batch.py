"""Claim 13: growing the batch in place of decaying the rate gives the same test curve with far fewer updates."""

from collections.abc import Mapping

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import difference
from batchmark.analysis.rules import level_for, within
from batchmark.course import Course, Phase, constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.equal import Equal, judge_equal
from batchmark.studies.claims.losses import SAME, curve_of, diverged, fresh_loss
from batchmark.studies.claims.same_curve import Apart, judge_same_curve, largest_gap
from batchmark.studies.claims.told import told
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS

SEEDS = 200
"""So many that accuracies can be shown to be equal though up to 1.5 % of seeds may be stuck unseen."""
BY = 5
"""What the rate is divided by, or the batch multiplied, at each change: the source's."""
_EPOCHS = (60, 60, 60, 20)
_RATE, _SIZE = 0.02, 8
_FAMILY = 3
_EPOCHS_PER_LOOK = 10


def _decayed() -> Course:
    phases = tuple(Phase(epochs, _SIZE, _RATE / BY**change) for change, epochs in enumerate(_EPOCHS))
    return Course(phases, _EPOCHS_PER_LOOK)


def _grown() -> Course:
    """Return the batch grown as far as it can: what is left to grow is taken from the rate, as the source does."""
    phases = []
    for change, epochs in enumerate(_EPOCHS):
        wanted = _SIZE * BY**change
        size = min(wanted, BLOBS.examples)
        phases.append(Phase(epochs, size, _RATE * size / wanted))
    return Course(tuple(phases), _EPOCHS_PER_LOOK)


DECAYED, GROWN = (Arm(BLOBS.name, course, SEEDS) for course in (_decayed(), _grown()))
UNCHANGED = Arm(
    BLOBS.name,
    constant(_SIZE, epochs=sum(_EPOCHS), learning_rate=_RATE, epochs_per_look=_EPOCHS_PER_LOOK),
    SEEDS,
)
"""The control, neither decayed nor grown: where that ends the same, equal ends say nothing of either schedule."""
_ALIKE_UNTIL = _EPOCHS[0] * BLOBS.examples


def judge(results: Results) -> Finding:
    """Judge the end's accuracy and loss, and the curve since the first change."""
    decayed, grown, unchanged = (results.of(arm) for arm in (DECAYED, GROWN, UNCHANGED))
    accuracy = judge_equal(grown, decayed, BLOBS, family=_FAMILY)
    loss = difference(fresh_loss(grown), fresh_loss(decayed), level=level_for(_FAMILY))
    loss_answer = Answer(within(loss, -SAME, SAME).value)
    curve = judge_same_curve(grown, decayed, after=_ALIKE_UNTIL, conditions=_FAMILY)
    same = together([accuracy.answer, loss_answer, curve.answer])
    lost = difference(fresh_loss(unchanged), fresh_loss(decayed), level=level_for(_FAMILY))
    is_unchanged_same = Answer(within(lost, -SAME, SAME).value)
    is_untold = same is Answer.CONFIRMED and is_unchanged_same is not Answer.REFUTED
    gap = median_interval(largest_gap(grown, decayed, after=_ALIKE_UNTIL))
    return Finding(
        Answer.INCONCLUSIVE if is_untold else same,
        _sentence(same, accuracy, loss, curve, {"grown": grown, "decayed": decayed})
        + _control(lost, is_unchanged_same),
        (
            Condition("accuracy at the end, grown minus decayed", accuracy.difference, answer=accuracy.answer),
            Condition("loss at the end, grown minus decayed", loss, "nats", loss_answer),
            Condition(_furthest(curve), curve.estimate, "nats", curve.answer),
            Condition("one seed's largest gap of the two curves, noise included", gap, "nats"),
            Condition("updates, decayed over grown", _exactly(decayed.steps[-1] / grown.steps[-1], SEEDS), "×"),
            Condition("loss at the end, neither minus decayed", lost, "nats"),
        ),
        seeds=min(len(each.seeds) for each in (decayed, grown, unchanged)),
        diverged=diverged((decayed, grown, unchanged)),
        notes=(
            f"Of the accuracy: {accuracy.unseen}.",
            *_needed(accuracy),
            (
                "Updates are counted: fewer of them is arithmetic, not a finding. Whether they take less time is the "
                "cost curve's matter, of claims 1 and 20."
            ),
            "Until the first change both are the same trainings: nothing of that is judged.",
        ),
        pictures=(_picture(decayed, grown, unchanged),),
    )


def _control(lost: Estimate, is_same: Answer) -> str:
    """Return what doing neither comes to: if to the same, equal curves say nothing of either schedule."""
    says = {
        Answer.REFUTED: "so the experiment can tell a schedule from none",
        Answer.CONFIRMED: "so the experiment can't tell a schedule from none: without any it would find the same",
        Answer.INCONCLUSIVE: "so it is not shown that the experiment could tell a schedule from none",
    }[is_same]
    return f" With neither, the loss at the end differs by {told(lost, '+.4f')} nats, {says}."


def _needed(accuracy: Equal) -> tuple[str, ...]:
    if accuracy.seeds_needed is None:
        return ()
    return (f"About {accuracy.seeds_needed} seeds would show the accuracies to be equal.",)


def _furthest(curve: Apart) -> str:
    epoch = curve.examples / BLOBS.examples
    return f"validation loss, grown minus decayed, furthest apart of {curve.looks} looks: after epoch {epoch:g}"


def _sentence(same: Answer, accuracy: Equal, loss: Estimate, curve: Apart, followed: Mapping[str, Followed]) -> str:
    ends = {
        Answer.CONFIRMED: "ends the same as decaying the rate, by the same curve",
        Answer.REFUTED: "does not train the same as decaying the rate",
        Answer.INCONCLUSIVE: "is not shown to train the same as decaying the rate, or not to",
    }[same]
    updates = {name: each.steps[-1] for name, each in followed.items()}
    return (
        f"Growing the batch {ends}: accuracy {told(accuracy.difference, '+.4f')} (margin ±{BLOBS.quality_margin}), "
        f"loss {told(loss, '+.4f')} nats (±{SAME}), curves at most {told(curve.estimate, '+.4f')} nats apart "
        f"(±{SAME}), with {updates['grown']:,} updates in place of {updates['decayed']:,}."
    )


def _picture(decayed: Followed, grown: Followed, unchanged: Followed) -> Picture:
    lines = curve_of("rate decayed", decayed), curve_of("batch grown", grown), curve_of("neither", unchanged)
    return Picture("Validation loss by schedule", "examples trained on", "nats", lines)


def _exactly(value: float, n: int) -> Estimate:
    return Estimate(value, value, value, 1.0, n)


def _phases_told(course: Course) -> str:
    return ", ".join(f"{each.batch_size} at {each.learning_rate:g}" for each in course.phases)


CLAIM = Claim(
    number=13,
    who="A, citing Smith et al. 2018",
    source="Smith et al. 2018, arXiv 1711.00489",
    sentence=(
        "Growing the batch in place of decaying the learning rate, by the same factor, gives the same test curve per "
        "epoch with far fewer updates."
    ),
    workload=BLOBS.name,
    rule=(
        f"{SEEDS} paired seeds, phases of 60, 60, 60 and 20 epochs: {_phases_told(_decayed())}; against "
        f"{_phases_told(_grown())}. Confirmed: accuracies on fresh examples are equal within ±{BLOBS.quality_margin}, "
        f"stuck seeds that were not seen included; losses within ±{SAME} nats; and validation losses within ±{SAME} at "
        "each look since the first change, in the median over seeds. Refuted: one of them lies wholly outside. "
        "Otherwise inconclusive. The control: with neither schedule the loss at the end must lie wholly outside "
        f"±{SAME} nats of the decayed rate's, or the experiment isn't shown to tell a schedule from none, and what "
        "would be confirmed is inconclusive. The intervals hold together at 95 %. Updates are arithmetic: they stand "
        "beside, not judged."
    ),
    parts=(DECAYED, GROWN, UNCHANGED),
    judge=judge,
)
