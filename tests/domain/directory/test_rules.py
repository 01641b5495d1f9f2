from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from feldsher.domain.directory.rules import RuleKey, merge_rules
from feldsher.domain.directory.types import RuleValues

DOCTOR, SERVICE, BRANCH, STRANGER = (UUID(int=number) for number in range(1, 5))
PARTIES = (DOCTOR, SERVICE, BRANCH)


def _keys(*parties: UUID) -> st.SearchStrategy[RuleKey]:
    return st.tuples(*(st.sampled_from([None, party, STRANGER]) for party in parties))


VALUES = st.builds(
    RuleValues,
    before=st.none() | st.integers(0, 60),
    notice=st.none() | st.integers(0, 60),
    is_online=st.none() | st.booleans(),
)


def _merge(rules: dict[RuleKey, RuleValues]) -> RuleValues:
    return merge_rules(rules, practitioner=DOCTOR, service=SERVICE, location=BRANCH).values


@given(st.dictionaries(_keys(*PARTIES), VALUES, max_size=27))
def test_each_field_comes_from_the_most_specific_rule_that_has_an_opinion(
    rules: dict[RuleKey, RuleValues],
) -> None:
    merged = _merge(rules)
    fitting = [
        (tuple(party is not None for party in key), rule)
        for key, rule in rules.items()
        if all(party in (None, ours) for party, ours in zip(key, PARTIES, strict=True))
    ]
    for name in RuleValues.__slots__:
        opinions = [(rank, getattr(rule, name)) for rank, rule in fitting if getattr(rule, name) is not None]
        assert getattr(merged, name) == (max(opinions)[1] if opinions else None)


@given(st.dictionaries(_keys(*PARTIES), VALUES), _keys(*PARTIES).filter(lambda key: STRANGER in key), VALUES)
def test_rules_of_strangers_say_nothing(
    rules: dict[RuleKey, RuleValues], key: RuleKey, values: RuleValues
) -> None:
    rest = {known: value for known, value in rules.items() if known != key}
    assert _merge({**rest, key: values}) == _merge(rest)


def test_doctor_goes_before_service_before_branch() -> None:
    order: list[RuleKey] = [
        (None, None, None),
        (None, None, BRANCH),
        (None, SERVICE, None),
        (None, SERVICE, BRANCH),
        (DOCTOR, None, None),
        (DOCTOR, None, BRANCH),
        (DOCTOR, SERVICE, None),
        (DOCTOR, SERVICE, BRANCH),
    ]
    rules: dict[RuleKey, RuleValues] = {}
    for number, key in enumerate(order):
        rules[key] = RuleValues(notice=number)
        assert _merge(rules).notice == number


def test_a_quota_counts_what_its_rule_names() -> None:
    def is_of_service(*keys: RuleKey) -> bool:
        rules = {key: RuleValues(quota=number) for number, key in enumerate(keys)}
        return merge_rules(rules, practitioner=DOCTOR, service=SERVICE, location=BRANCH).is_quota_of_service

    assert is_of_service((None, SERVICE, None))
    assert is_of_service((DOCTOR, SERVICE, BRANCH), (DOCTOR, None, None))
    assert not is_of_service((DOCTOR, None, None), (None, SERVICE, None))
    assert not is_of_service((None, None, BRANCH))
    assert not is_of_service()
