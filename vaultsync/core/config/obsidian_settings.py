"""Obsidian's own settings, as far as vaultsync obeys them: how it writes a link."""

from __future__ import annotations

from typing import Literal

import msgspec


class LinkStyle(msgspec.Struct, frozen=True):
    """The vault's settings "New link format" and "Use [[Wikilinks]]" (`.obsidian/app.json`)."""

    new_link_format: Literal["shortest", "relative", "absolute"] = "shortest"
    use_markdown_links: bool = False
