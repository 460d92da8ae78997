"""A sign is found by its rarest character where the text has it, and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.text.late_pattern import sign

SIGNS = ("{{", "<%", "::", "://", "www.", "10.", "[^", "$`", "\\'", "<!--", "@")


@given(st.text("{<%:/w10.[^$`\\'!-@–", max_size=20), st.sampled_from(SIGNS), st.integers(0, 3))
def test_a_sign_is_found_where_the_text_has_it(text: str, written: str, rarest: int) -> None:
    assert bool(sign(written, rarest % len(written))(text)) == (written in text)
