"""Which way of training seeds along courses is taken: the fastest that does the work of ``fit``."""

from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.proof import prove
from batchmark.training.restart_proof import prove_restarts_along
from batchmark.training.seed_after_seed import proven_loop
from batchmark.training.stacked_proof import prove_along
from batchmark.training.stacking import NotStackableError
from batchmark.training.subject import Subject
from batchmark.trainings import ALL_AT_ONCE, BY_FIT, Way


class Ways:
    """The ways for one workload; each is proven once."""

    def __init__(self, beside: BesideFit, subject: Subject) -> None:
        """Take a workload; nothing is trained yet."""
        self._beside = beside
        self._subject = subject
        self._fastest: Way | None = None

    def fastest(self) -> Way:
        """Return how seeds are trained, found once: the fastest way that does ``fit``'s work along a course."""
        if self._fastest is None:
            # Whatever is wrong with the workload itself is told before anything is tried on it.
            self._beside.steps  # noqa: B018
            model = self._beside.short.model()
            the_backend().variables.trace(model, self._subject.train, 1)
            reason = the_backend().stacking.why_not(model, self._subject.train.split)
            self._fastest = self.one_by_one(reason) if reason else self._at_once()
        return self._fastest

    def _at_once(self) -> Way:
        try:
            proof = prove_along(self._beside, self._subject.quality, self._subject.tests[0])
        except NotStackableError as error:
            return self.one_by_one(str(error))
        except Exception as error:  # noqa: BLE001  whatever tracing or compiling a user's model may raise
            return self.one_by_one(f"{type(error).__name__} in stacking")
        if proof.is_refused:
            return self.one_by_one(f"many seeds at once do other work: {proof.reason}")
        return Way(ALL_AT_ONCE, proof=proof)

    def one_by_one(self, reason: str) -> Way:
        """Return the compiled loop that was proven to do the work along a course, seed after seed, or ``fit``."""
        beside = self._beside
        proofs = (lambda loop: prove(loop, beside), lambda loop: prove_restarts_along(loop, beside))
        found = proven_loop(beside, proofs)
        return Way(found[0], reason, found[1]) if found else Way(BY_FIT, reason)
