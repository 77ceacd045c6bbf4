"""The ends: one package at two versions, everything else equal; or a line that says what to type."""

import pytest
from packaging.version import Version

from batchmark.errors import BatchmarkError
from batchmark.studies.bisection.ends import Ends, ends_of


@pytest.mark.parametrize(
    ("good", "bad", "beside", "ends"),
    [
        ("keras==3.6.0", "keras==3.9.0", (), Ends("keras", Version("3.6.0"), Version("3.9.0"))),
        (
            "tensorflow-cpu==2.18.1 keras==3.6.0",
            "Keras==3.9.0 tensorflow-cpu==2.18.1",
            ("scipy", "h5py<4 numpy"),
            Ends("keras", Version("3.6.0"), Version("3.9.0"), ("tensorflow-cpu==2.18.1", "scipy", "h5py<4", "numpy")),
        ),
        ("jax[cuda12]==0.9.0", "jax[cuda12]==0.10.0", (), Ends("jax[cuda12]", Version("0.9.0"), Version("0.10.0"))),
    ],
)
def test_they_are_one_package_at_two_versions_and_what_is_held(
    good: str, bad: str, beside: tuple[str, ...], ends: Ends
) -> None:
    assert ends_of(good, bad, beside) == ends


def test_requirements_of_a_release_have_all_that_is_held() -> None:
    ends = Ends("jax[cuda12]", Version("0.9.0"), Version("0.10.0"), ("keras==3.9.0",))
    assert (ends.at("0.9.1"), ends.name) == ("jax[cuda12]==0.9.1 keras==3.9.0", "jax")


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("keras==3.6.0", "keras==3.6.0", "--good and --bad are the same"),
        ("keras==3.6", "keras==3.6.0", "are the same version, keras 3.6"),
        ("keras==3.9.0", "keras==3.6.0", 'type --good "keras==3.6.0" --bad "keras==3.9.0"'),
        ("keras==3.6.0 numpy==1.26.0", "keras==3.9.0 numpy==2.0.0", "differ in keras and numpy"),
        ("keras==3.6.0", "keras==3.9.0 numpy==2.0.0", "numpy is named on one side only"),
        ("keras==3.6.0", "torch==2.9.0", "keras, torch is named on one side only"),
        ("keras", "keras==3.9.0", "keras pins no version"),
        ("keras>=3.6.0", "keras==3.9.0", "keras>=3.6.0 pins no version"),
        ("keras==3.6.*", "keras==3.9.0", "keras==3.6.* pins no version"),
        ("jax==0.9.0", "jax[cuda12]==0.10.0", "differ in more than the version of jax"),
        ("keras==3.6.0 keras==3.7.0", "keras==3.9.0", "--good names a package twice"),
        ("keras=3.6.0", "keras==3.9.0", "'keras=3.6.0' is no requirement"),
        ("", "keras==3.9.0", "no requirement to install"),
    ],
)
def test_anything_else_is_refused_in_a_line_that_says_what_to_type(good: str, bad: str, said: str) -> None:
    with pytest.raises(BatchmarkError) as refused:
        ends_of(good, bad)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_name_may_be_spelt_in_two_ways() -> None:
    ends = ends_of("TensorFlow_CPU==2.18.1 keras==3.6.0", "tensorflow-cpu==2.18.1 Keras==3.9.0")
    assert (ends.name, str(ends.good), str(ends.bad)) == ("keras", "3.6.0", "3.9.0")
