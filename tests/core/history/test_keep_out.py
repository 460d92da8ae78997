"""What stays out of git unless somebody put it there: secrets, junk, huge files."""

from __future__ import annotations

import pytest

from vaultsync.core.history.keep_out import why_kept_out

MB = 1_000_000


@pytest.mark.parametrize(
    "path",
    [
        ".ssh/id_rsa",
        ".bash_history",
        "a/.hidden/b.md",
        ".github/workflows/x.yml",
        "a/.gitignore/x",
        ".obsidian/plugins/some-plugin/data.json",
        "keys/id_ed25519",
        "server.PEM",
        "passwords.kdbx",
        "code/.env",
        "code/env",
        "client_secret_1.json",
        "coins/wallet.dat",
        "pictures/Thumbs.db",
        "Desktop.ini",
        "Icon\r",
        "~$thesis.docx",
    ],
)
def test_a_name_that_says_it(path: str) -> None:
    assert why_kept_out(path, 10, b"", MB)


@pytest.mark.parametrize(
    "path",
    [
        "Notes/env.md",
        "id_rsa.pub",
        ".gitignore",
        "sub/.gitattributes",
        ".obsidian/app.json",
        ".obsidian/plugins/some-plugin/main.js",
        ".obsidian/snippets/.keep",
        ".vaultsync/config.toml",
        "Keynote.pdf",
        "monkey.png",
        "environment.txt",
        "wallet.dat.txt",
        "icon.png",
        "~.txt",
    ],
)
def test_a_name_that_says_nothing(path: str) -> None:
    assert why_kept_out(path, 10, b"hello", MB) == ""


def test_a_key_in_a_file_but_not_in_a_note_that_speaks_of_keys() -> None:
    key = b"x\n-----BEGIN " + b"OPENSSH PRIVATE KEY-----\n"
    for head in (key, b"token = gh" + b"p_" + b"a1" * 18, b"AK" + b"IA" + b"ABCDEFGHIJ234567"):
        assert why_kept_out("config.txt", 10, head, MB)
        assert why_kept_out("How keys look.md", 10, head, MB) == ""
    words = key.decode()
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
        assert why_kept_out("config.txt", 10, (mark + words).encode(encoding), MB)
    assert why_kept_out("config.txt", 10, b"-----BEGIN PUBLIC KEY-----", MB) == ""


def test_a_file_that_is_too_large() -> None:
    assert why_kept_out("scan.pdf", MB, b"", MB) == ""
    assert why_kept_out("scan.pdf", MB + 1, b"", MB) == "it has 1.0 MB, more than `[git] max_file`"
