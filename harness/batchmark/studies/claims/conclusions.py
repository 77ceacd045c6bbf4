"""What P concludes of each kind of network, and what its own sources say of that.

P's abstract: the batch size has a decisive influence on the accuracy of convolutional, recurrent and deep networks and
of large language models, and the larger it is, the higher the accuracy.

Source: Lisov, Vozmilov, Urmanov, Panishev 2023, doi 10.25559/SITITO.019.202302.324-332, abstract and conclusions.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Conclusion:
    """One of P's, which a claim of ours tests."""

    kind_of_network: str
    claim: int
    """The claim's number; its sentence is what P says."""
    source_says: str


_OWN = "P's own experiment, one run a size: accuracies of 0.816 to 0.836, where one run's standard error is 0.017."

CONCLUSIONS = (
    Conclusion("dense", 4, _OWN),
    Conclusion("dense", 3, _OWN),
    Conclusion("dense", 2, "P's own experiment; no other source is named for the reason."),
    Conclusion(
        "convolutional",
        8,
        # Its abstract.
        "Radiuk 2017: on MNIST and CIFAR-10 the larger batch has the higher accuracy; that the kind of number matters "
        "is not confirmed.",
    ),
    Conclusion(
        "recurrent",
        9,
        # Its abstract. The factors stand in P.
        "Bagby et al. 2018: their implementation of the RNN transducer's loss has a higher throughput at larger "
        "batches, on GPU and TPU. Throughput, not accuracy.",
    ),
    Conclusion(
        "language model",
        10,
        # Section 5.1, equation 1.4.
        "Kaplan et al. 2020: beyond B* / L^(1/0.21), with B* ≈ 2·10⁸ tokens, larger batches save few "
        "updates; about the gradient noise scale. Of training time, not accuracy.",
    ),
)
