"""The generator of test vaults: the same seed gives the same bytes, and the truth tells the truth."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest
import yaml

from bench.generate import File, files_of, generate, main, truth_path
from bench.papers import make_papers
from bench.truth import Mention, NoteTruth, PaperTruth, Truth
from bench.vocabulary import Coinage

NOTES = 600


@pytest.fixture(scope="module")
def made() -> list[File | PaperTruth | NoteTruth]:
    return list(files_of(NOTES, seed=8))


@pytest.fixture(scope="module")
def texts(made: list[File | PaperTruth | NoteTruth]) -> dict[str, str]:
    return {x.path: x.data.decode("utf-8") for x in made if isinstance(x, File)}


@pytest.fixture(scope="module")
def truths(made: list[File | PaperTruth | NoteTruth]) -> list[NoteTruth]:
    return [x for x in made if isinstance(x, NoteTruth)]


def in_session(mentions: tuple[Mention, ...], text: str) -> dict[int, list[Mention]]:
    """The mentions by session, told apart by what is a session's heading in the text itself."""
    lines = text.lstrip("\ufeff").splitlines()
    days = any(re.match(r"# \w+ (morning|afternoon|Vormittag|Nachmittag)$", line) for line in lines)
    mark = re.compile(r"##? " if days else r"# ")
    starts = [i for i, line in enumerate(lines, 1) if mark.match(line)]
    by_session: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_session.setdefault(sum(start <= mention.line for start in starts), []).append(mention)
    return by_session


def test_a_seed_gives_the_same_bytes_and_another_seed_does_not():
    assert list(files_of(60, seed=3)) == list(files_of(60, seed=3))
    assert list(files_of(60, seed=3)) != list(files_of(60, seed=4))


def test_the_bytes_of_a_seed_are_the_same_on_every_machine():
    # A change of the generator changes these; then numbers measured before and after it can't be compared.
    digest = hashlib.sha256()
    for file in files_of(40, seed=1):
        if isinstance(file, File):
            digest.update(file.path.encode() + b"\0" + file.data)
    assert digest.hexdigest() == "1c7fdc60e5d9f14629d875bd67ea3418d1ffba6fa6cafd3c025a8cda2a8807cf"


def test_seventeen_notes_of_twenty_are_papers_and_a_note_has_about_3400_bytes(texts: dict[str, str]):
    folders = Counter(path.partition("/")[0] for path in texts)
    assert folders["Papers"] == NOTES * 17 // 20
    assert folders["Conferences"] == NOTES * 3 // 20
    assert 3000 < sum(len(text.encode()) for text in texts.values()) / NOTES < 3800


def test_no_two_files_share_a_path_even_without_case(texts: dict[str, str], made: list[object]):
    paths = [x.path.casefold() for x in made if isinstance(x, File)]
    assert len(paths) == len(set(paths))
    assert not [path for path in texts if re.search(r'[\\:*?"<>|#^\[\]]', path)]


def test_offsets_and_lines_point_to_the_surface(truths: list[NoteTruth], texts: dict[str, str]):
    for truth in truths:
        text = texts[truth.path]
        for place in (*truth.mentions, *truth.decoys):
            assert text[place.offset : place.offset + len(place.surface)] == place.surface
            assert text.count("\n", 0, place.offset) + 1 == place.line


def test_some_notes_have_crlf_and_some_a_byte_order_mark(truths: list[NoteTruth], texts: dict[str, str]):
    assert any("\r\n" in texts[truth.path] and truth.mentions for truth in truths)
    assert any(texts[truth.path].startswith("\ufeff") and truth.mentions for truth in truths)
    assert any(not text.endswith("\n") for text in texts.values())


def test_no_two_mentions_or_decoys_share_a_line(truths: list[NoteTruth]):
    for truth in truths:
        lines = [place.line for place in (*truth.mentions, *truth.decoys)]
        assert len(lines) == len(set(lines))


def test_every_mentioned_paper_is_a_note_of_the_vault(truths: list[NoteTruth], texts: dict[str, str]):
    for truth in truths:
        for mention in truth.mentions:
            assert set(mention.papers) <= texts.keys()
            assert len(mention.papers) == (2 if mention.expected == "ambiguous" else 1)


def test_every_tier_and_every_answer_occurs(truths: list[NoteTruth]):
    seen = {(m.tier, m.form, m.expected) for truth in truths for m in truth.mentions}
    for scheme in ("arxiv", "doi", "acl", "openreview", "citekey"):
        assert (1, scheme, "record") in seen
    assert seen >= {
        (tier, form, "link") for tier, form in ((2, "title"), (3, "main"), (3, "weak"), (4, "alias"))
    }
    assert seen >= {(3, "weak", "suggestion"), (3, "shared", "ambiguous"), (0, "link", "record")}


def test_a_session_links_a_paper_once_and_not_beside_a_link_of_the_person(
    truths: list[NoteTruth], texts: dict[str, str]
):
    for truth in truths:
        for mentions in in_session(truth.mentions, texts[truth.path]).values():
            links = Counter(m.papers for m in mentions if m.expected == "link" or m.tier == 0)
            assert not [paper for paper, count in links.items() if count > 1]


def test_what_could_be_linked_and_is_not_has_a_link_before_it(truths: list[NoteTruth], texts: dict[str, str]):
    for truth in truths:
        lines = texts[truth.path].splitlines()
        for mentions in in_session(truth.mentions, texts[truth.path]).values():
            linked: set[tuple[str, ...]] = set()
            for mention in mentions:
                line = lines[mention.line - 1]
                heading = line.startswith("#")
                in_link = f"[{mention.surface}](" in line
                if mention.expected == "link" or mention.tier == 0:
                    assert not heading
                    linked.add(mention.papers)
                elif mention.expected == "record" and mention.tier > 1:
                    assert heading or in_link or mention.papers in linked


def test_a_weak_name_is_linked_only_with_an_identifier_or_a_full_title_in_the_note(truths: list[NoteTruth]):
    for truth in truths:
        evident = {m.papers for m in truth.mentions if m.tier in (1, 2)}
        for mention in truth.mentions:
            if mention.form == "weak":
                assert (mention.expected == "suggestion") == (mention.papers not in evident)


def test_no_name_of_a_paper_stands_where_the_truth_does_not_say_so(
    truths: list[NoteTruth], texts: dict[str, str]
):
    coinage = Coinage("7/names")
    words = {coinage.word() for _ in range(2 * NOTES)}
    for truth in truths:
        rest = list(texts[truth.path])
        for place in (*truth.mentions, *truth.decoys):
            rest[place.offset : place.offset + len(place.surface)] = " " * len(place.surface)
        assert not words & set(re.findall(r"(?=([a-z]{7}))", "".join(rest).lower()))


def test_days_lie_in_the_week_of_the_note(truths: list[NoteTruth], texts: dict[str, str]):
    seen = 0
    for truth in truths:
        match = re.search(r"^date: (\d{4}-\d\d-\d\d)", texts[truth.path], re.MULTILINE)
        for mention in truth.mentions if match else ():
            if mention.day is not None and match is not None:
                assert 0 <= (date.fromisoformat(mention.day) - date.fromisoformat(match[1])).days < 5
                seen += 1
    assert seen > 100


def test_clean_papers_are_valid_yaml_with_each_value_as_it_was_meant():
    made = list(files_of(100, seed=2, untidy=0.0))
    assert not [x for x in made if isinstance(x, PaperTruth) and (x.untidy or x.problem)]
    papers = {paper.path: paper for paper in make_papers(85, seed=2, untidy=0.0)}
    for file in made:
        if isinstance(file, File) and file.path in papers:
            paper = papers[file.path]
            block = re.split(r"^---\s*$", file.data.decode("utf-8-sig"), maxsplit=2, flags=re.MULTILINE)[1]
            values = yaml.load(block, Loader=yaml.BaseLoader)
            assert values["title"] == paper.title
            assert values["citekey"] == paper.citekey
            assert values.get("arxiv") == paper.arxiv
            assert tuple(values.get("aliases", ())) == paper.aliases


def test_about_the_wanted_share_of_papers_is_untidy_and_problems_are_never_mentioned(
    made: list[File | PaperTruth | NoteTruth], truths: list[NoteTruth]
):
    papers = [x for x in made if isinstance(x, PaperTruth)]
    untidy = [x for x in papers if x.untidy or x.problem]
    assert 0.1 < len(untidy) / len(papers) < 0.3
    broken = {paper.path for paper in papers if paper.problem}
    assert broken
    assert not [m for truth in truths for m in truth.mentions if broken & set(m.papers)]


def test_a_small_vault_that_runs_out_of_papers_is_still_right():
    made = list(files_of(7, seed=5))
    assert len([x for x in made if isinstance(x, PaperTruth)]) == 6
    assert [x for x in made if isinstance(x, NoteTruth)]
    assert [x.path for x in files_of(0) if isinstance(x, File)] == [".obsidian/app.json", "Reading list.md"]


def test_the_command_writes_the_vault_and_the_truth_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    vault = tmp_path / "vault"
    assert main([str(vault), "--notes", "40", "--seed", "9"]) == 0
    truth = msgspec.json.decode(truth_path(vault).read_bytes(), type=Truth)
    assert (truth.seed, truth.notes, len(truth.conferences)) == (9, 40, 6)
    written = {p.relative_to(vault).as_posix(): p.read_bytes() for p in vault.rglob("*") if p.is_file()}
    assert written == {x.path: x.data for x in files_of(40, seed=9) if isinstance(x, File)}
    assert "40 notes" in capsys.readouterr().err


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.md").write_text("mine")
    with pytest.raises(FileExistsError):
        generate(tmp_path, notes=10)
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--notes", "10"])
    assert [p.name for p in tmp_path.iterdir()] == ["mine.md"]


def test_the_truth_may_not_lie_in_the_vault(tmp_path: Path):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "v"), "--notes", "10", "--truth", str(tmp_path / "v" / "truth.json")])
    assert not (tmp_path / "v").exists()
