from batchmark.studies.claims import table


def test_there_is_one_claim_a_number() -> None:
    assert [claim.number for claim in table.claims()] == list(range(1, 23))


def test_each_says_who_claims_it_where_and_what_settles_it() -> None:
    for claim in table.claims():
        assert claim.who[0] in "PA", claim.number
        assert claim.source, claim.number
        assert all(word in claim.rule for word in ("onfirmed", "efuted", "nconclusive")), claim.number


def test_each_has_an_experiment_without_a_part_that_stands_twice() -> None:
    for claim in table.claims():
        assert claim.parts, claim.number
        assert len(set(claim.parts)) == len(claim.parts), claim.number
