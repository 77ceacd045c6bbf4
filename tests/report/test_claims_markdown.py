"""Claims as pages of Markdown, compared to the letter with golden/claims/*.md."""

import re
from pathlib import Path

import pytest

from batchmark.report.claims_markdown import MOST_WORDS, render_claims_as_markdown
from batchmark.studies.claims.claim import Answer, Condition
from batchmark.studies.claims.study import Outcome, Outcomes
from claims_tested import HOSTILE, all_kinds, claim_of, estimate_of, finding_of, outcomes_of
from golden import require_agreed

GOLDEN = Path(__file__).parent / "golden" / "claims"
PAGE = Path("pages", "results", "claims.md")
PICTURES = {3: (("Claim 3: accuracy | by size", Path("pages/images/claim 3.png")),)}


def _many() -> Outcomes:
    """Twenty-two claims with as many words as real ones have."""
    sentence = " ".join(["Accuracy falls by 0.0012 [0.0002, 0.0022] per doubling at equal epochs."] * 6)
    conditions = tuple(
        Condition(f"accuracy per doubling, equal epochs, rate {each}", estimate_of(0.1)) for each in "abcd"
    )
    return outcomes_of(
        *(
            Outcome(
                claim_of(
                    number, sentence="Of 22 claims this is one of the longer sentences, of about seventeen words."
                ),
                finding_of(sentence=sentence, conditions=(*finding_of().conditions[:1], *conditions)),
            )
            for number in range(1, 23)
        )
    )


def _words(text: str) -> int:
    return len(text.split())


def test_what_fits_is_one_page() -> None:
    pages = render_claims_as_markdown(outcomes_of(*all_kinds()), PAGE, PICTURES)
    assert list(pages) == [PAGE]
    require_agreed(pages[PAGE], GOLDEN / "all_kinds.md")


@pytest.mark.parametrize(("path", "name"), [(PAGE, "many.md"), (PAGE.with_suffix("") / "3.md", "many_3.md")])
def test_what_does_not_fit_is_a_page_that_leads_to_one_a_claim(path: Path, name: str) -> None:
    require_agreed(render_claims_as_markdown(_many(), PAGE, PICTURES)[path], GOLDEN / name)


def test_every_page_is_read_in_one_sitting_and_every_claim_has_one() -> None:
    pages = render_claims_as_markdown(_many(), PAGE, {})
    folder = PAGE.parent / "claims"
    assert set(pages) == {PAGE, *(folder / f"{number}.md" for number in range(1, 23))}
    assert all(_words(text) <= MOST_WORDS for text in pages.values())
    for number in range(1, 23):
        assert f"[{number}](claims/{number}.md)" in pages[PAGE]
        assert f"`batchmark claims {number}`" in pages[folder / f"{number}.md"]
        assert "(../claims.md)" in pages[folder / f"{number}.md"]


def test_long_names_of_conditions_do_not_make_the_first_page_long() -> None:
    long = (Condition(f"{'a very long name ' * 8}of it", estimate_of(0.1), "", Answer.REFUTED),)
    outcomes = [Outcome(each.claim, finding_of(conditions=long)) for each in _many().outcomes]
    outcomes[4] = Outcome(claim_of(5), why="for a reason that takes long to tell " * 30)
    pages = render_claims_as_markdown(outcomes_of(*outcomes), PAGE, {})
    assert _words(pages[PAGE]) <= MOST_WORDS
    assert "| refuted: 0.1000 &#91;0.0990, 0.1010&#93;, n = 100 |" in pages[PAGE]
    assert "| not tested |" in pages[PAGE]


def test_pictures_are_linked_from_where_each_page_stands() -> None:
    one = render_claims_as_markdown(outcomes_of(*all_kinds()), PAGE, PICTURES)[PAGE]
    assert "![Claim 3: accuracy &#124; by size](../images/claim%203.png)" in one
    own = render_claims_as_markdown(_many(), PAGE, PICTURES)[PAGE.parent / "claims" / "3.md"]
    assert "](../../images/claim%203.png)" in own
    assert "images" not in render_claims_as_markdown(_many(), PAGE, PICTURES)[PAGE.parent / "claims" / "4.md"]


def test_a_claim_with_more_than_a_page_holds_leaves_out_the_last_and_says_so() -> None:
    long = tuple(Condition(f"{'very ' * 20}long condition {number}", estimate_of(0.1)) for number in range(100))
    outcome = Outcome(claim_of(3), finding_of(conditions=long))
    pages = render_claims_as_markdown(outcomes_of(outcome), PAGE, {})
    own = pages[PAGE.parent / "claims" / "3.md"]
    assert _words(own) <= MOST_WORDS
    assert "long condition 0 " in own
    assert "long condition 99 " not in own
    left_out = re.search(r"Left out for length, and in the file of `--json`: (\d+) conditions\.", own)
    assert left_out
    assert own.count("long condition") + int(left_out[1]) == 100


def test_whatever_a_sentence_holds_is_text() -> None:
    text = render_claims_as_markdown(
        outcomes_of(Outcome(claim_of(12, sentence=HOSTILE), finding_of(sentence=HOSTILE))), PAGE, {}
    )
    (page,) = text.values()
    assert "<b>" not in page
    assert "@everyone" not in page
    assert "](https" not in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}


def test_no_condition_has_no_table_and_an_infinite_end_no_dash() -> None:
    bare = Outcome(claim_of(22), finding_of(conditions=(), notes=()))
    (page,) = render_claims_as_markdown(outcomes_of(bare), PAGE, {}).values()
    assert "|" not in page
    (page,) = render_claims_as_markdown(outcomes_of(*all_kinds()), PAGE, {}).values()
    assert "| &#91;1.9, ∞&#93; |" in page
    assert "| - |" not in page


def test_what_was_stopped_says_so_first() -> None:
    outcomes = outcomes_of(Outcome(claim_of(4), why="interrupted by Ctrl-C"), stopped="interrupted by Ctrl-C")
    (page,) = render_claims_as_markdown(outcomes, PAGE, {}).values()
    assert page.split("\n\n")[2].startswith("**Not finished: interrupted by Ctrl-C.")
    assert "**Not tested**. Interrupted by Ctrl-C." in page
