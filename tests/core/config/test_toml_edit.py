"""One setting is changed in a person's file, and everything else stays as they wrote it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultsync.core.config.settings import default_config
from vaultsync.core.config.toml_edit import with_setting
from vaultsync.core.errors import ConfigError

WRITTEN = """\
# mine
[vault]
ignore = [
  "a/",  # [watch]
]

[watch]   # how long
# Seconds.
quiet = 30.0 # half a minute
max_wait = 600

[rules]
fm-order = {order = ["a",
 "b"]}
"""


@pytest.mark.parametrize(
    ("section", "key", "value", "old", "new"),
    [
        ("watch", "quiet", 5, "quiet = 30.0 # half a minute\n", "quiet = 5\n"),
        ("watch", "quiet", None, "quiet = 30.0 # half a minute\n", ""),
        ("vault", "ignore", [], 'ignore = [\n  "a/",  # [watch]\n]\n', "ignore = []\n"),
        ("rules", "fm-order", False, 'fm-order = {order = ["a",\n "b"]}\n', "fm-order = false\n"),
        (
            "watch",
            "polling",
            "always",
            "[watch]   # how long\n",
            '[watch]   # how long\npolling = "always"\n',
        ),
        ("git", "commit", False, ' "b"]}\n', ' "b"]}\n\n[git]\ncommit = false\n'),
    ],
)
def test_only_that_setting_changes(section: str, key: str, value: object, old: str, new: str) -> None:
    for text in (WRITTEN, WRITTEN.replace("\n", "\r\n")):
        eol = "\r\n" if "\r" in text else "\n"
        wanted = text.replace(old.replace("\n", eol), new.replace("\n", eol))
        assert with_setting(text, section, key, value) == wanted


def test_a_default_that_is_shown_stays_shown_above_its_new_value() -> None:
    text = with_setting(default_config(), "watch", "quiet", 5.0)
    assert "# quiet = 30.0\nquiet = 5.0\n" in text
    assert tomllib.loads(text)["watch"] == {"quiet": 5.0}


def test_a_file_that_is_not_there_is_begun() -> None:
    assert with_setting("", "watch", "quiet", 5) == "[watch]\nquiet = 5\n"
    assert with_setting("", "watch", "quiet", None) == ""


@pytest.mark.parametrize(
    "text", ["watch = {quiet = 1}\n", "watch.quiet = 1\n", "[watch.x]\n[watch]\nquiet = [\n"]
)
def test_what_cannot_be_changed_by_lines_is_left_to_the_person(text: str) -> None:
    with pytest.raises(ConfigError):
        with_setting(text, "watch", "quiet", 2)


VALUES = st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), VALUES | st.none()), max_size=8),
    st.sampled_from(["", WRITTEN, default_config()]),
)
def test_any_changes_in_a_row_read_as_they_were_meant(
    changes: list[tuple[str, str, object]], text: str
) -> None:
    wanted = tomllib.loads(text)
    for section, key, value in changes:
        text = with_setting(text, section, key, value)
        if value is not None:
            wanted.setdefault(section, {})[key] = value
        elif section in wanted:
            wanted[section].pop(key, None)
    assert tomllib.loads(text) == wanted


def test_what_lies_deep_or_is_no_table_is_a_mistake_in_the_settings() -> None:
    for text in ("vault = 5\n", "[x]\ny = " + "[" * 5000 + "]" * 5000 + "\n", "n = " + "9" * 6000 + "\n"):
        with pytest.raises(ConfigError):
            with_setting(text, "vault", "inbox", "In")
    deep = "[x]\ny = " + "[" * 300 + "]" * 300 + "\n"
    assert tomllib.loads(with_setting(deep, "vault", "inbox", "In"))["vault"] == {"inbox": "In"}
