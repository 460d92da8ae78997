"""The inbox of a vault that a daemon looks after, with real processes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import smallvault
from daemons import daemon, repository, settings, until

from vaultsync.core.config.config import Config
from vaultsync.core.config.settings import ImportSection, VaultSection
from vaultsync.core.links.decisions import Decisions
from vaultsync.runs.inbox import inbox_files, left_lying, watched_files
from vaultsync.vault.consent import give_consent
from vaultsync.vault.open import Vault, open_vault

DATA = Path(__file__).parents[1] / "data" / "import"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")


def test_a_file_in_the_inbox_is_imported_linked_and_moved_and_a_bad_one_stays_with_its_problem(
    tmp_path: Path,
) -> None:
    root = smallvault.write(tmp_path / "vault")
    settings(root, quiet=0.4)
    repo = repository(root)
    with daemon(root) as running:
        running.until_idle()
        (root / "Inbox").mkdir()
        (root / "Inbox/page.html").write_text("<html><body>Papers", encoding="utf-8")
        (root / "Inbox/page.txt").write_bytes((DATA / "hf_dated.txt").read_bytes())
        until(lambda: (root / "Inbox/done/page.txt").exists(), "the import")
        running.until_status(
            lambda s: "Inbox/page.html" in [p["path"] for p in s["problems"]], "the problem of the bad file"
        )
        conference = root / smallvault.CONFERENCE
        conference.write_text(
            conference.read_text("utf-8") + "- Do Sparse Networks Dream of Dense Gradients?\n", "utf-8"
        )
        until(lambda: "[[Do Sparse Networks Dream" in conference.read_text("utf-8"), "the link")
        (root / "Inbox/page.html").unlink()
        running.until_status(
            lambda s: not [p for p in s["problems"] if p["path"].startswith("Inbox")], "no problem"
        )
        (root / "Inbox/old").mkdir()
        (root / "Inbox/old/list.bib").write_text("@misc{a, title = {Quiet Windows}}", encoding="utf-8")
        running.until_status(
            lambda s: "Inbox/old" in [p["path"] for p in s["problems"]], "the folder that is not looked into"
        )
        running.until_idle()
    assert len(list((root / "Papers").glob("*.md"))) == 16
    subjects = repo.git("log", "--format=%s").splitlines()
    assert "vaultsync: import 15 papers from page.txt" in subjects
    assert repo.status == ""


def test_a_watched_export_is_imported_whenever_it_changes_and_what_is_gone_from_it_stays(
    tmp_path: Path,
) -> None:
    root = smallvault.write(tmp_path / "vault")
    entry = "@article{{{0}, title = {{{1} Windows of a House}}, author = {{Alm, I}}, journal = {{{2}}}}}\n"
    export = root / "refs.bib"
    export.write_text(entry.format("a", "Steady", "arXiv"), encoding="utf-8")
    settings(root, quiet=0.4)
    with (root / ".vaultsync/config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[import]\nwatch = ["refs.bib"]\n')
    repo = repository(root)
    first, second = (root / f"Papers/{name} Windows of a House.md" for name in ("Steady", "Quiet"))
    with daemon(root) as running:
        until(first.exists, "the first import")
        running.until_idle()
        export.write_text(entry.format("a", "Steady", "A Journal"), encoding="utf-8")
        until(lambda: "venue: A Journal" in first.read_text("utf-8"), "the refreshed venue")
        export.write_text(entry.format("b", "Quiet", "arXiv"), encoding="utf-8")
        until(second.exists, "the second import")
        running.until_idle()
    assert first.exists()
    assert export.exists()
    assert repo.status == ""


def test_a_watched_export_is_imported_at_a_restart_only_if_it_has_changed(tmp_path: Path) -> None:
    root = smallvault.write(tmp_path / "vault")
    entry = "@article{{{0}, title = {{{1} Windows of a House}}, author = {{Alm, I}}}}\n"
    export = root / "refs.bib"
    export.write_text(entry.format("a", "Steady"), encoding="utf-8")
    settings(root, quiet=0.4)
    with (root / ".vaultsync/config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[import]\nwatch = ["refs.bib"]\n')
    repo = repository(root)
    first, second = (root / f"Papers/{name} Windows of a House.md" for name in ("Steady", "Quiet"))
    with daemon(root) as running:
        until(first.exists, "the first import")
        running.until_idle()
    first.unlink()  # as an undo would
    repo.save()
    with daemon(root) as running:
        running.until_idle()
        assert not first.exists()
    export.write_text(entry.format("b", "Quiet"), encoding="utf-8")
    with daemon(root) as running:
        until(second.exists, "what changed while no daemon ran")
        running.until_idle()
    assert not first.exists()


def test_what_a_strangers_settings_would_watch_is_left_alone_without_consent(tmp_path: Path) -> None:
    root = smallvault.write(tmp_path / "vault", agreed=False)
    (root / "refs.bib").write_text("@misc{a, title = {Steady Windows of a House}}", encoding="utf-8")
    settings(root, quiet=0.4)
    with (root / ".vaultsync/config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[import]\nwatch = ["refs.bib"]\n')
    vault = open_vault(root.resolve())
    assert watched_files(vault) == []
    give_consent(root.resolve())
    assert watched_files(vault) == ["refs.bib"]


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000 + "a", "Home.md/In", "loop/In", "nowhere"])
def test_an_inbox_that_the_system_can_not_look_at_is_none(tmp_path: Path, name: str) -> None:
    root = smallvault.write(tmp_path / "vault")
    (root / "loop").symlink_to("loop")
    config = Config(vault=VaultSection(inbox=name), imports=ImportSection(watch=[name]))
    vault = Vault(root, config, Decisions())
    assert vault.inbox is None
    assert inbox_files(vault) == []
    assert left_lying(vault) == []
    assert watched_files(vault) == []
