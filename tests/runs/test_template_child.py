"""A template of a stranger's ends: in a text, or in one message."""

from __future__ import annotations

import pytest

from vaultsync.core.errors import ConfigError
from vaultsync.core.importers.record import PaperRecord
from vaultsync.runs.template_child import limited_body

PAPER = PaperRecord(title="A Tale of Seven Made-up Cities", abstract="Once.", year=2024)


def test_a_template_is_filled_in_for_one_paper_after_the_other() -> None:
    body = limited_body("# {{ title }}\n{{ year }}{{ body }}")
    assert body(PAPER) == "\n# A Tale of Seven Made-up Cities\n2024\n## Abstract\n\nOnce.\n"
    assert body(PaperRecord(title="Two", year=1)) == "\n# Two\n1\n"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "more than 1 s"),
        ("{{ 99999999 ** 99999999 }}", "more than 1 s"),
        ("{{ 'x' * 3000000 }}", "without end"),
        ("{{ ['x' * 100000000] * 100 }}", "without end|more than 1 s"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls itself without end"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "too deep|more than 1 s"),
        ("{{ title.__class__.__mro__ }}", "line 1"),
        ("{% include '/etc/passwd' %}", "line 1"),
        ("{{ nothing }}", "line 1"),
        ("{% if %}", "line 1"),
    ],
)
def test_a_template_that_would_not_end_or_reaches_out_is_one_message(template: str, reason: str) -> None:
    body = limited_body(template, seconds=1)
    for _ in range(2):
        with pytest.raises(ConfigError, match=reason):
            body(PAPER)
