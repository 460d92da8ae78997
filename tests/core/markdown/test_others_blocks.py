"""What stands between another program's markers is found, in each of the forms that such markers have."""

from __future__ import annotations

import pytest

from vaultsync.core.markdown.others_blocks import others_blocks


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("%% Begin Waypoint %%", "%% End Waypoint %%"),
        ("%%begin notes%%", "%% end notes %%"),
        ("%% start %%", "%% end %%"),
        ("<!-- BEGIN INDEX -->", "<!-- END INDEX -->"),
        ("<!-- toc:start -->", "<!-- toc:end -->"),
        ("<!-- list begin -->", "<!-- list stop -->"),
        ("%% Begin Waypoint %%", "%% End %%"),
    ],
)
def test_the_text_between_a_pair_of_markers_is_anothers(opens: str, closes: str) -> None:
    text = f"mine\n{opens}\ntheirs\n{closes}\nmine\n"
    assert list(others_blocks(text)) == [(5, text.index(closes) + len(closes))]


@pytest.mark.parametrize(
    "text",
    [
        "%% Begin Waypoint %%\nno end\n",
        "%% End Waypoint %%\nno begin\n",
        "%% Begin A %%\n%% End B %%\n",
        "%% a remark %%\n<!-- the beginning -->\n<!-- in the end -->\n",
        "%% vaultsync:begin mentions %%\n%% vaultsync:end mentions %%\n",
        "begin\nend\n",
    ],
)
def test_without_a_pair_nothing_is(text: str) -> None:
    assert not others_blocks(text)


def test_pairs_of_other_names_may_lie_in_one_another() -> None:
    text = "%% begin a %%<!-- begin b -->x<!-- end b -->%% end a %%y"
    assert list(others_blocks(text)) == [(0, len(text) - 1)]
