"""What no run takes into git of its own accord: secrets, junk, huge files (design, section 7).

It is asked of files that git has never been told of. What is tracked or staged is the person's own doing.
"""

from __future__ import annotations

import re

from vaultsync.core.text.late_pattern import late_pattern

LOOKED_AT = 64_000
"""Bytes at the head of a file in which a secret is looked for."""

_OUR_FOLDERS = (".obsidian/", ".vaultsync/")
_GITS_OWN = (".gitignore", ".gitattributes", ".gitmodules", ".mailmap")
_PLUGIN_DATA = late_pattern(r"\.obsidian/plugins/[^/]+/data\.json")
_SECRET_NAME = late_pattern(
    r"""
    id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?    # ssh-keygen(1)
    | .+\.(?:pem|key|p12|pfx|jks|keystore|ppk|kdbx?|ovpn) | wallet\.dat
    | \.env(?:\..+)? | env | \.netrc | _netrc | \.pgpass | \.npmrc | \.pypirc | \.htpasswd
    | (?:client_secret|credentials|service[-_]account).*\.json | secring\.gpg
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SECRET = late_pattern(
    rb"""
    -----BEGIN\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY(?:\ BLOCK)?-----
    | \bAKIA[0-9A-Z]{16}\b                   # Amazon
    | \bgh[pousr]_[0-9A-Za-z]{36} | \bgithub_pat_[0-9A-Za-z_]{22} | \bglpat-[0-9A-Za-z_-]{20}
    | \bxox[abeprs]-[0-9A-Za-z-]{10}         # Slack
    | \bAIza[0-9A-Za-z_-]{35}                # Google
    | \bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{20}  # language models' services
    | \bhf_[0-9A-Za-z]{30}
    """,
    re.VERBOSE,
)


_JUNK_NAME = late_pattern(r"thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|~\$.+", re.IGNORECASE)
"""What Windows, macOS and Office leave beside files that were only looked at."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")


def why_kept_out(path: str, size: int, head: bytes, most: int) -> str:
    """Why a new file at the vault's `path`, of `size` bytes that begin with `head`, stays out of git.

    Empty if nothing speaks against it. `most` is `[git] max_file`. A note is kept out for its name and its
    size alone: notes speak of keys.
    """
    name = path.rpartition("/")[2]
    hidden = [part for part in path.split("/") if part.startswith(".")]
    if hidden and hidden != [name] * (name in _GITS_OWN) and not path.startswith(_OUR_FOLDERS):
        return "it is hidden"
    if _PLUGIN_DATA.fullmatch(path):
        return "a plugin's settings may hold keys and passwords"
    if _SECRET_NAME.fullmatch(name):
        return "its name is that of a key or password file"
    if _JUNK_NAME.fullmatch(name):
        return "the system leaves such files behind"
    if size > most:
        return f"it has {size / 1e6:.1f} MB, more than `[git] max_file`"
    looked_at = head[:LOOKED_AT]
    if looked_at.startswith(_WIDE):  # Windows' editors: the letters of a key in UTF-16 have a zero byte each
        looked_at = looked_at.replace(b"\0", b"")
    if not path.lower().endswith(".md") and _SECRET.search(looked_at):
        return "it holds a key or a password"
    return ""
