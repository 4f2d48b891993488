"""The line rules' own examples are their tests."""

import pytest

from pipeline.text.rules import RULES, LineRule


@pytest.mark.parametrize(
    ("rule", "line"),
    [(rule, line) for rule in RULES for line in rule.matches],
    ids=lambda value: str(value)[:30],
)
def test_rule_matches_its_examples(rule: LineRule, line: str) -> None:
    assert rule.finds(line)


@pytest.mark.parametrize("line", [line for rule in RULES for line in rule.passes])
def test_no_rule_touches_what_any_rule_must_pass(line: str) -> None:
    assert [rule.name for rule in RULES if rule.finds(line)] == []


def test_rules_have_distinct_names_and_examples() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.matches and rule.passes for rule in RULES)
