"""The owner's own notes, where they are at hand: nothing wrong is linked, and the right papers are suggested.

`../shared/seeds` is no part of the repository; without it a sample that we wrote stands in.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from linking import CONFIG, paper, run

from vaultsync.core.importers import parse_whole
from vaultsync.core.importers.file_names import safe_stem
from vaultsync.core.importers.note_text import default_body, note_text
from vaultsync.core.importers.record import Options, PaperRecord
from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.index import Index
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.note import note_of
from vaultsync.core.rules import RULES
from vaultsync.runs.related_papers import related

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
NOTE = "Conferences/ICASSP 2025.md"

SAMPLE = """\
---
title: ICASSP 2025
tags: conference
date: 2025-04-06
---
# Montag Vormittag
## Tutorial: Small Models
### Sparsity
- sparse networks before training, random search over their architecture
### Compression
- low rank factorization ($`\\neq`$ LoRA), not fine-tuning
# Donnerstag Vormittag
## Talk: Multiomics
- Graph diffusion for drug discovery, molecules from noise
- Knowledge graphs:
  - GNN link prediction, no benchmark has features
"""
ABSTRACTS = {
    "FLoRA: Low-Rank Core Space for N-dimension": "Fine-tuning by a low-rank core space of weights.",
    "Structure-based Drug Design with Equivariant Diffusion Models": "Molecules for a protein from noise.",
    "Random Search as a Baseline for Sparse Neural Network Architecture Search": "Sparse networks, found.",
    "GraphFM: A Comprehensive Benchmark for Graph Foundation Model": "GNN on link prediction, node tasks.",
    "Light Schrödinger Bridge": "Transport between two distributions.",
    "Learning to predict arbitrary quantum processes": "Unknown quantum circuits from few experiments.",
    "Breast Cancer Diagnosis Using Machine Learning Techniques": "Tumours told apart by a classifier.",
    "Modeling of learning curves with applications to pos tagging": "How much text a tagger needs.",
    "Selection Function of Clusters in Dark Energy Survey Year 3 Data": "Clusters seen by two telescopes.",
}


def seeds() -> dict[str, str]:
    """The conference note and the paper notes that the importers make of the lists."""
    files = {NOTE: (SEEDS / "conference_note.md").read_text(encoding="utf-8")}
    for name in ("arxiv_digest_zh.txt", "paper_list_plain.txt"):
        parsed = parse_whole((SEEDS / name).read_bytes(), Options(name=name, year=2024))
        for record in parsed.records:
            if isinstance(record, PaperRecord):
                stem = safe_stem(record.title)
                files[f"Papers/{stem}.md"] = note_text(record, stem, (name,), default_body)
    return files


def sample() -> dict[str, str]:
    papers = {f"Papers/{safe_stem(t)}.md": paper(t, body=f"{text}\n") for t, text in ABSTRACTS.items()}
    return {NOTE: SAMPLE, **papers}


@pytest.fixture(params=["seeds", "sample"])
def files(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sample":
        return sample()
    if not SEEDS.is_dir():
        pytest.skip("the owner's notes are not here")
    return seeds()


def suggested(files: dict[str, str], decisions: Decisions | None = None) -> list[Suggestion]:
    notes = {path: note_of(path, text, CONFIG) for path, text in files.items()}
    index = Index(CONFIG, notes.get, decisions=decisions)
    for note in notes.values():
        index.put(note)
    index.refresh()
    return list(related([NOTE], index, notes.get))


def test_nothing_is_linked_that_a_careful_reader_would_not_call_a_mention(files: dict[str, str]) -> None:
    done = run(files, rules=RULES)
    assert "[[" not in done.files[NOTE]
    assert done.problems == ()
    assert not any("vaultsync:begin" in text for text in done.files.values())
    assert run(done.files, rules=RULES).changed == frozenset()


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("low rank factorization", "FLoRA - Low-Rank Core Space"),
        ("drug discovery", "Structure-based Drug Design with Equivariant Diffusion Models"),
        ("### Sparsity", "Random Search as a Baseline for Sparse Neural Network Architecture Search"),
        ("GNN link prediction", "GraphFM"),
    ],
)
def test_what_a_line_is_about_is_suggested(line: str, title: str, files: dict[str, str]) -> None:
    found = [s for s in suggested(files) if title in s.papers[0]]
    assert found
    lines = files[NOTE].splitlines()
    start = next(i for i, text in enumerate(lines) if line in text)
    assert any(start < s.line <= start + 13 for s in found)
    assert all(s.reason.startswith("both speak of ") for s in found)
    assert all(lines[s.line - 1][s.col - 1 :].startswith(s.words) for s in found)


def test_a_suggestion_that_was_accepted_is_a_link_and_one_that_was_denied_is_gone() -> None:
    files = sample()
    choice = next(s for s in suggested(files) if "FLoRA" in s.papers[0])
    decision = Decision(NOTE, choice.words.lower(), choice.papers[0])
    assert choice.words == "low rank"
    linked = run(files, decisions=Decisions(accepted=frozenset({decision})))
    assert "- [[FLoRA - Low-Rank Core Space for N-dimension|low rank]] factor" in linked.files[NOTE]
    assert not [s for s in suggested(linked.files) if "FLoRA" in s.papers[0]]
    left = suggested(files, Decisions(denied=frozenset({decision})))
    assert not [s for s in left if "FLoRA" in s.papers[0]]


def test_the_suggestions_do_not_depend_on_the_order_of_the_notes(files: dict[str, str]) -> None:
    assert suggested(dict(reversed(files.items()))) == suggested(files)
