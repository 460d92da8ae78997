"""A note that is open in an editor: what is offered for its text, and whose words are in which commit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import smallvault
from api_client import Client, in_editor, served
from conftest import Command
from daemons import RealDaemon, repository, settings, until
from gitrepo import Repo

from vaultsync.core.text.editor_edits import text_digest
from vaultsync.vault.consent import has_consent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once there")

NOTE = smallvault.CONFERENCE
UNTIDY = "## Talk: More\n- as slow as DiffSBDD\n"
TIDY = "## Talk: More\n- as slow as [[DiffSBDD]]\n"


@pytest.fixture
def vault(tmp_path: Path, vaultsync: Command) -> Path:
    """The small vault, in order."""
    root = smallvault.write(tmp_path / "vault")
    settings(root)
    assert vaultsync("fix", "--yes", "--no-commit", "--vault", str(root)).code == 0
    return root


@pytest.fixture
def repo(vault: Path) -> Repo:
    return repository(vault)


@pytest.fixture
def client(vault: Path, repo: Repo) -> Iterator[Client]:
    """A client that has the conference note open."""
    with served(vault) as (_, asking):
        asking.ask("POST", "/hold", {"open": [NOTE], "seconds": 600})
        yield asking


def text_of(vault: Path, note: str = NOTE) -> str:
    return (vault / note).read_text(encoding="utf-8")


def save(vault: Path, text: str, note: str = NOTE) -> None:
    (vault / note).write_text(text, encoding="utf-8", newline="")


def fix(client: Client, text: str, note: str = NOTE, **more: Any) -> Any:
    return client.ask("POST", "/fix", {"path": note, "text": text, **more})


def applied(client: Client, fixed: Any, note: str = NOTE) -> Any:
    return client.ask("POST", "/applied", {"path": note, "digest": fixed["after"], "run": fixed["run"]})


def commits(repo: Repo, note: str = NOTE) -> list[tuple[str, str]]:
    """Subject and text of each commit of the note, the newest first."""
    found = repo.git("log", "--format=%H %s", "--", note).splitlines()
    return [(line[41:], repo.content(note, line[:40])) for line in found if line]


def test_a_look_at_unsaved_text_writes_and_commits_nothing(vault: Path, repo: Repo, client: Client) -> None:
    before, head = smallvault.contents(vault), repo.head
    text = text_of(vault).replace("Rings", "Rings 👩‍🔬 𝕏") + UNTIDY
    text = text.replace("\n  - conference\n  - speech", " conference")
    found = fix(client, text, digest=text_digest(text))
    after = in_editor(text, found["edits"])
    assert TIDY in after
    assert "tags:\n  - conference\n" in after
    assert found["digest"] == text_digest(text)
    assert found["after"] == text_digest(after)
    assert found["run"] == ""
    assert {"fm-tags", "link-in-place"} <= set(found["rules"])
    assert smallvault.contents(vault) == before
    assert repo.head == head
    again = fix(client, after)
    assert again["edits"] == []


def runs_of(client: Client, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The listed runs that bear the name of these edits; the paper's list is another one, sooner or later."""
    return [one for one in client.ask("GET", "/runs")["runs"] if one["run"] == found["run"]]


def test_typed_words_and_edits_are_two_commits(vault: Path, repo: Repo, client: Client) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    (subject, kept), *_ = commits(repo)
    assert subject.startswith("notes: ")
    assert kept == typed
    after = in_editor(typed, found["edits"])
    save(vault, after)
    done = applied(client, found)
    assert (done["ours"], done["reason"]) == (True, "")
    assert [one["whose"] for one in done["commits"]] == ["vaultsync"]
    (subject, kept), *_ = commits(repo)
    assert subject.startswith("vaultsync: link 1 paper")
    assert kept == after
    [run] = runs_of(client, found)
    assert run["notes"] == [NOTE]
    undone = client.ask("POST", f"/runs/{run['run']}/undo")
    assert undone["changes_count"] == 1
    assert text_of(vault) == typed


def test_a_commit_that_only_bears_a_runs_name_is_listed_as_such_and_not_taken_back(
    vault: Path, repo: Repo, client: Client
) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    save(vault, in_editor(typed, found["edits"]))
    applied(client, found)
    [run] = runs_of(client, found)
    assert run["changed_since"] is False
    message = repo.git("log", "-1", "--format=%B", run["commit"])
    save(vault, text_of(vault) + "- typed by hand\n")
    repo.git("commit", "-q", "-a", "-m", message)
    assert [one["changed_since"] for one in runs_of(client, found)] == [True, False]

    def first() -> list[list[dict[str, Any]]]:
        return [client.ask("GET", "/runs?limit=1")["runs"], client.ask("GET", "/runs")["runs"][:1]]

    until(lambda: (both := first())[0] == both[1] and both[0], "no run between the two requests")
    refused = client.ask("POST", f"/runs/{run['run']}/undo", status=409)
    assert "is not what that run did" in refused["error"]
    assert text_of(vault).endswith("- typed by hand\n")


def test_what_is_typed_on_before_the_save_was_seen_is_the_persons_and_the_edits_are_a_run(
    vault: Path, repo: Repo, client: Client
) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    after = in_editor(typed, found["edits"])
    more = after.replace("as slow as [[DiffSBDD]]", "as slow as [[DiffSBDD]] was") + "- and typed on\n"
    save(vault, more)
    done = applied(client, found)
    assert (done["ours"], done["reason"]) == (True, "")
    (subject, kept), (typed_subject, typed_kept), *_ = commits(repo)
    assert subject.startswith("vaultsync: link 1 paper")
    assert kept == after
    assert (typed_subject[:7], typed_kept) == ("notes: ", typed)
    assert text_of(vault) == more
    assert repo.git("diff", "--name-only", "--cached") == ""
    client.ask("POST", "/hold", {"open": [], "seconds": 1})
    until(lambda: commits(repo)[0][1] == more, "the commit of what was typed")
    assert commits(repo)[0][0].startswith("notes: ")


@pytest.mark.parametrize(
    "how", ["nobody says so", "the next fix comes", "a run comes", "a run is taken back"]
)
def test_edits_are_a_run_whoever_sees_them_first(how: str, vault: Path, repo: Repo, client: Client) -> None:
    client.ask("POST", "/import", {"text": "doi:10.1000/182"})  # another run
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    after = in_editor(typed, found["edits"])
    more = after + "- typed on, as DiffSBDD does\n"
    save(vault, more)
    if how == "the next fix comes":
        fix(client, more, apply=True)
    elif how == "a run comes":
        client.ask("POST", "/run")
    elif how == "a run is taken back":
        client.ask("POST", f"/runs/{client.ask('GET', '/runs')['runs'][0]['run']}/undo")
    until(lambda: more in [text for _, text in commits(repo)], "the commit of what was typed")
    told = {text: subject for subject, text in commits(repo)}
    assert told[after].startswith("vaultsync: link 1 paper")
    assert told[more].startswith("notes: ")


def test_a_hook_sees_each_commit_so_what_it_did_not_see_is_the_persons(
    vault: Path, repo: Repo, client: Client
) -> None:
    hook = vault / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    hook.chmod(0o755)
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    save(vault, in_editor(typed, found["edits"]) + "- and typed on\n")
    done = applied(client, found)
    assert done["ours"] is False
    assert "hook" in done["reason"]
    assert not [subject for subject, _ in commits(repo) if subject.startswith("vaultsync")]


def test_new_settings_are_taken_over_by_the_next_fix(vault: Path, repo: Repo, client: Client) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    file = vault / ".vaultsync" / "config.toml"
    file.write_text(file.read_text(encoding="utf-8") + "[rules]\nfm-types = false\n", encoding="utf-8")
    found = fix(client, typed, apply=True)  # whose turn finds that somebody has edited them
    assert in_editor(typed, found["edits"]).endswith(TIDY)


def test_half_of_a_save_does_not_end_an_offer(vault: Path, repo: Repo, client: Client) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    after = in_editor(typed, found["edits"])
    client.ask("POST", "/hold", {"paths": [NOTE], "seconds": 600})
    save(vault, after[: len(after) // 2])
    client.ask("POST", "/run", {"paths": [smallvault.PLAIN]})  # each run looks what came of the offers
    save(vault, after)
    assert applied(client, found)["ours"] is True
    assert commits(repo)[0][0].startswith("vaultsync: link 1 paper")


def test_what_was_staged_of_other_notes_stays_staged(vault: Path, repo: Repo, client: Client) -> None:
    save(vault, "Staged by hand.\n", smallvault.PLAIN)
    repo.git("add", smallvault.PLAIN)
    client.ask("POST", "/hold", {"paths": [smallvault.PLAIN], "seconds": 600})
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    save(vault, in_editor(typed, found["edits"]) + "- and typed on\n")
    assert applied(client, found)["ours"] is True
    assert repo.git("diff", "--name-only", "--cached").split("\n")[0].strip('"') == smallvault.PLAIN


def test_a_save_that_the_daemon_did_not_live_to_see_is_a_run(vault: Path, repo: Repo) -> None:
    with served(vault) as (daemon, client):
        client.ask("POST", "/hold", {"open": [NOTE], "seconds": 600})
        typed = text_of(vault) + UNTIDY
        save(vault, typed)
        found = fix(client, typed, apply=True)
        daemon.process.kill()
        daemon.process.wait()
    after = in_editor(typed, found["edits"])
    save(vault, after)
    with served(vault):
        until(lambda: commits(repo)[0][1] == after, "the commit of the save")
    assert commits(repo)[0][0].startswith("vaultsync: ")


def test_words_that_need_no_fix_are_committed_though_the_fix_saw_them_before_the_watcher(
    vault: Path, repo: Repo, client: Client
) -> None:
    for number in range(3):  # the hint comes some milliseconds after the save
        typed = f"{text_of(vault)}- nothing to link, {number}\n"
        save(vault, typed)
        assert fix(client, typed, apply=True)["edits"] == []
        until(lambda kept=typed: commits(repo)[0][1] == kept, "the commit of what was typed")


def test_a_claim_to_another_text_or_run_is_not_believed(vault: Path, repo: Repo, client: Client) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    forged = typed + "- forged\n"
    save(vault, forged)
    body = {"path": NOTE, "digest": text_digest(forged), "run": found["run"]}
    assert client.ask("POST", "/applied", body)["ours"] is False
    assert client.ask("POST", "/applied", body)["reason"] == "there is no such offer any more"
    assert not [subject for subject, _ in commits(repo) if subject.startswith("vaultsync")]


def test_an_editor_that_dies_after_its_save_leaves_the_credit_where_it_belongs(
    vault: Path, repo: Repo, client: Client
) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    after = in_editor(typed, found["edits"])
    save(vault, after)
    client.ask("POST", "/hold", {"open": [], "seconds": 1})
    until(lambda: commits(repo)[0][1] == after, "the commit of the save")
    assert commits(repo)[0][0].startswith("vaultsync: ")


def test_edits_that_are_never_made_leave_no_trace(vault: Path, repo: Repo, client: Client) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    fix(client, typed, apply=True)
    later = typed + "- the person went on instead\n"
    save(vault, later)
    until(lambda: commits(repo)[0][1] == later, "the commit of what was typed")
    assert all(subject.startswith(("notes: ", "as found")) for subject, _ in commits(repo))
    assert text_of(vault) == later


def test_edits_wait_for_the_save_of_their_text(vault: Path, repo: Repo, client: Client) -> None:
    head = repo.head
    found = fix(client, text_of(vault) + UNTIDY, apply=True)
    assert (found["waiting"], found["run"]) == ("save", "")
    assert repo.head == head


def test_a_digest_of_another_text_is_refused(vault: Path, client: Client) -> None:
    body = {"path": NOTE, "text": text_of(vault), "digest": text_digest("another")}
    assert "ask again" in client.ask("POST", "/fix", body, status=409)["hint"]


@pytest.mark.parametrize("size", [5_200_000, 9_000_000])
def test_a_text_over_the_limit_is_refused_in_words_for_its_owner(size: int, client: Client) -> None:
    told = client.ask("POST", "/fix", {"path": NOTE, "text": "x" * size}, status=413)
    said = f"{NOTE}: it has {size / 1e6:.1f} MB, more than 5 MB, and is left alone"
    assert told == {"error": said, "hint": "split it, or exclude it with `[vault] ignore`"}


def test_a_file_with_crlf_and_a_mark_is_the_text_of_its_editor(
    vault: Path, repo: Repo, client: Client
) -> None:
    text = text_of(vault) + UNTIDY
    windows = "\ufeff" + text.replace("\n", "\r\n")
    save(vault, windows)
    found = fix(client, text, apply=True)
    assert found["run"]
    after = in_editor(text, found["edits"])
    assert "\r" not in after
    save(vault, "\ufeff" + after.replace("\n", "\r\n"))
    assert applied(client, found)["ours"] is True
    assert commits(repo)[1][1] == windows


def test_a_link_that_the_person_took_out_is_not_offered_again(
    vault: Path, repo: Repo, client: Client
) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    found = fix(client, typed, apply=True)
    after = in_editor(typed, found["edits"])
    save(vault, after)
    applied(client, found)
    without = after.replace("as slow as [[DiffSBDD]]", "as slow as DiffSBDD")
    save(vault, without)
    assert fix(client, without)["edits"] == []
    assert fix(client, without, apply=True)["edits"] == []


def test_an_open_note_is_left_to_its_editor_but_what_was_typed_is_committed(
    vault: Path, repo: Repo, client: Client
) -> None:
    typed = text_of(vault) + UNTIDY
    save(vault, typed)
    until(lambda: commits(repo)[0][1] == typed, "the commit of what was typed")
    until(lambda: client.ask("GET", "/status")["left"] == [NOTE], "that the note is left to its editor")
    assert text_of(vault) == typed
    client.ask("POST", "/hold", {"open": [], "seconds": 1})
    until(lambda: text_of(vault).endswith(TIDY), "the daemon's own fix of the closed note")
    until(lambda: client.ask("GET", "/status")["left"] == [], "that nothing is left")


def test_a_note_that_is_typed_in_is_neither_written_nor_committed(
    vault: Path, repo: Repo, client: Client
) -> None:
    client.ask("POST", "/hold", {"paths": [smallvault.PLAIN], "seconds": 600})
    save(vault, "Typing, DiffSBDD 2210.13695, still\n", smallvault.PLAIN)
    save(vault, "A new paper's note.\n", "Papers/Other.md")
    until(lambda: "Papers/Other.md" in repo.files_of() or commits(repo, "Papers/Other.md"), "another commit")
    assert len(commits(repo, smallvault.PLAIN)) == 1


@pytest.mark.parametrize("other", ["Old/Ignored.md", ".trash/Old.md", "list.txt"])
def test_typing_in_a_file_that_is_ignored_keeps_no_other_note_from_being_held(
    vault: Path, repo: Repo, client: Client, other: str
) -> None:
    config = vault / ".vaultsync" / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + '[vault]\nignore = ["Old/"]\n', encoding="utf-8")
    client.ask("POST", "/hold", {"paths": [other, smallvault.PLAIN], "open": [other, NOTE], "seconds": 600})
    save(vault, "Typing, DiffSBDD 2210.13695, still\n", smallvault.PLAIN)
    save(vault, text_of(vault) + UNTIDY)
    save(vault, "A new paper's note.\n", "Papers/Other.md")
    until(lambda: commits(repo, "Papers/Other.md"), "another commit")
    assert len(commits(repo, smallvault.PLAIN)) == 1
    assert text_of(vault).endswith(UNTIDY)


def test_a_lease_ends_by_itself(vault: Path, repo: Repo, client: Client) -> None:
    client.ask("POST", "/hold", {"open": [NOTE], "seconds": 1.0})
    save(vault, text_of(vault) + UNTIDY)
    until(lambda: text_of(vault).endswith(TIDY), "the fix after the lease")


def test_before_anybody_agreed_there_are_problems_and_no_edits(tmp_path: Path) -> None:
    vault = smallvault.write(tmp_path / "vault", agreed=False)
    settings(vault, quiet=60)
    repository(vault)
    with served(vault, consent=False) as (_, client):
        assert client.ask("GET", "/status")["consent"] is False
        text = text_of(vault)
        found = fix(client, text, apply=True)
        assert (found["waiting"], found["edits"], found["run"]) == ("consent", [], "")
        assert client.ask("POST", "/run")["waiting"]["state"] == "consent"
        assert client.ask("POST", "/run", {"dry_run": True})["changes_count"] > 0
        assert client.ask("POST", "/consent", {"yes": False}, status=400)
        assert not has_consent(vault)
        client.ask("POST", "/consent", {"yes": True})
        assert has_consent(vault)
        until(lambda: client.ask("GET", "/status")["consent"], "that the status says so")
        assert fix(client, text_of(vault))["waiting"] == ""


def test_a_pause_keeps_everything_as_it_is_until_it_ends(vault: Path, repo: Repo, client: Client) -> None:
    client.ask("POST", "/pause", {"seconds": 3600})
    until(lambda: client.ask("GET", "/status")["paused_until"], "the pause")
    client.ask("POST", "/hold", {"open": [], "seconds": 1})
    save(vault, "Something else.\n", smallvault.PLAIN)
    assert fix(client, text_of(vault), apply=True)["waiting"] == "paused"
    until(lambda: client.ask("GET", "/status")["pending_count"] == 0, "that the notes have settled")
    assert len(commits(repo, smallvault.PLAIN)) == 1
    client.ask("POST", "/resume")
    until(lambda: len(commits(repo, smallvault.PLAIN)) == 2, "the commit after the pause")


def test_a_merge_under_way_is_waited_for(vault: Path, repo: Repo, client: Client) -> None:
    (vault / ".git" / "MERGE_HEAD").write_text(repo.head + "\n", encoding="utf-8")
    text = text_of(vault) + UNTIDY
    save(vault, text)
    found = fix(client, text, apply=True)
    assert (found["waiting"], found["run"]) == ("git", "")
    assert "merge" in found["hint"]
    (vault / ".git" / "MERGE_HEAD").unlink()


def test_without_git_the_edits_are_made_all_the_same(vault: Path) -> None:
    with (vault / ".vaultsync" / "config.toml").open("a", encoding="utf-8") as file:
        file.write("[git]\ncommit = false\n")
    with served(vault) as (_, client):
        client.ask("POST", "/hold", {"open": [NOTE], "seconds": 600})
        text = text_of(vault) + UNTIDY
        save(vault, text)
        found = fix(client, text, apply=True)
        assert found["run"]
        save(vault, in_editor(text, found["edits"]))
        assert applied(client, found) == {"ours": True, "commits": [], "reason": ""}


def test_a_daemon_that_stops_answers_who_waits(vault: Path, repo: Repo) -> None:
    with served(vault) as (daemon, client):
        assert isinstance(daemon, RealDaemon)
        number = client.ask("GET", "/status")["number"]
        assert client.ask("GET", f"/status?since={number - 1}&wait=30")["number"] >= number
        daemon.stop()
        with pytest.raises(OSError):
            client.ask("GET", "/status")
