"""The words of generated vaults: dice that fall alike on every machine, coined names, and filler prose.

Everything a generated vault could be searched for (titles, main titles, aliases) holds a *coined* word of
`Coinage`, and no filler sentence or template holds one. So a name stands only where the generator put it, and
the ground truth is complete by construction, not by search.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Seeded choices built on `random.random()` alone, whose sequence Python promises to keep for a seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def below(self, count: int) -> int:
        """A whole number in `[0, count)`."""
        return int(self._random() * count)

    def between(self, low: int, high: int) -> int:
        """A whole number in `[low, high]`."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in about `share` of the throws."""
        return self._random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[int(self._random() * len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in another order."""
        return [item for _, item in sorted(((self._random(), i), item) for i, item in enumerate(items))]


_SYLLABLES = tuple(
    c + v
    for c in ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z")
    for v in "aeiou"
)
# No English or German word of the filler, nor any stop list, has one of these in its middle.
_CLUSTERS = tuple("zk xv jd vz kz qv xj zg vj zb xd jz kv zf xb vk qz jg xk vq".split())
_VOWELS = "aeiou"
_SIZE = len(_SYLLABLES) ** 2 * len(_CLUSTERS) * len(_VOWELS)


class Coinage:
    """Pronounceable words such as `tavezko` that no language has; no two are the same, by construction."""

    def __init__(self, seed: str) -> None:
        self._next = Dice(seed).below(_SIZE)
        self._left = _SIZE

    def word(self) -> str:
        """The next word, seven lower-case letters; raises `ValueError` when all 640,000 are used up."""
        if not self._left:
            raise ValueError(f"a generated vault can hold at most {_SIZE:,} coined names")
        self._left -= 1
        # A step without a factor in common with the size visits each number once before it comes round.
        self._next = (self._next + 247_591) % _SIZE
        rest, vowel = divmod(self._next, len(_VOWELS))
        rest, cluster = divmod(rest, len(_CLUSTERS))
        first, second = divmod(rest, len(_SYLLABLES))
        return _SYLLABLES[first] + _SYLLABLES[second] + _CLUSTERS[cluster] + _VOWELS[vowel]


SUBTITLE_HEADS = (
    "A Benchmark for", "A Study of", "Efficient", "Fast and Robust", "Large-Scale", "Learning", "Low-Rank",
    "On the Limits of", "Rethinking", "Scalable", "Self-Supervised", "Towards", "Understanding",
    "Zero-Shot",
)  # fmt: skip
SUBTITLE_ADJECTIVES = (
    "Bayesian", "Causal", "Compressed", "Contrastive", "Equivariant", "Federated", "Hierarchical",
    "Multi-Modal", "Noise-Aware", "Probabilistic", "Quantised", "Schrödinger-Type", "Sparse", "Structured",
    "Temporal", "Variational",
)  # fmt: skip
SUBTITLE_NOUNS = (
    "Attention", "Diffusion Models", "Embeddings", "Encoders", "Graph Networks", "Hypernetworks",
    "Language Models", "Kernels", "Molecule Generation", "Optimisation", "Pruning", "Representations",
    "Speech Recognition", "State Spaces", "Transport Maps",
)  # fmt: skip
SUBTITLE_ENDS = (
    "at Inference Time", "for Edge Devices", "for Long Sequences", "from Few Examples",
    "in Low Resource Settings", "under Distribution Shift", "via Optimal Transport", "with Guarantees",
    "with Learned Priors", "without Labels",
)  # fmt: skip

FAMILY_NAMES = (
    "Abels", "Brandt", "Castell", "Dufour", "Eriksen", "Falk", "Grünwald", "Halvorsen", "Ikeda", "Jansen",
    "Kowalczyk", "Lindqvist", "Moreau", "Novák", "Okafor", "Petrov", "Quint", "Rossi", "Sørensen", "Tanaka",
    "Ueda", "Vargas", "Weiß", "Xu", "Yılmaz", "Zhao",
)  # fmt: skip
GIVEN_NAMES = (
    "Ada", "Björn", "Carla", "Deniz", "Elif", "Femi", "Greta", "Hana", "Igor", "Jun", "Karim", "Lena",
    "Mei", "Nils", "Olga", "Pavel",
)  # fmt: skip

_SUBJECTS = (
    "The main result", "A second experiment", "This ablation", "The proposed objective", "Our analysis",
    "The encoder", "A simple baseline", "The sampling scheme", "The theoretical part", "The released code",
    "An early checkpoint", "The noise schedule",
)  # fmt: skip
_VERBS = (
    "shows that", "suggests that", "leaves open whether", "makes clear that", "relies on the fact that",
    "explains why", "tests whether", "gives evidence that",
)  # fmt: skip
_CLAUSES = (
    "the gain comes from the data and not from the width of the model",
    "a smaller learning rate is enough once the weights are sparse",
    "the bound is loose in high dimension but tight on the line",
    "most of the compute is spent in the last two stages",
    "the marginal distribution of the training set is a better prior than a uniform one",
    "the estimate stays calibrated when the test set drifts",
    "symmetry has to be built in and can't be learned from so few samples",
    "pruning before training costs less than it saves",
    "the effect vanishes for long recordings with two speakers",
    "a cheap proxy ranks the candidates almost as well as full training",
)
_TAILS = (
    "on three public data sets", "in every run that was repeated", "for the small model only",
    "with one exception in the appendix", "after the second epoch", "under a fixed budget",
    "as the number of layers grows", "when labels are scarce",
)  # fmt: skip

SENTENCES = tuple(
    f"{subject} {verb} {_CLAUSES[(7 * i + 3 * j) % len(_CLAUSES)]} {_TAILS[(5 * i + j) % len(_TAILS)]}."
    for i, subject in enumerate(_SUBJECTS)
    for j, verb in enumerate(_VERBS)
)
"""Filler for abstracts: plain English, no name, no number, nothing that Markdown reads."""

BULLETS = (
    "scalability, less overfitting, easier to interpret",
    "very expensive, no free lunch: the first model is huge",
    "noise schedule matters most, cosine beats linear",
    "question from the audience on the cost of sampling, no clear answer",
    "Verfahren ist mühsam, vieles von Hand gemessen",
    "naive start: uniform structure, chemically not sensible",
    "slides are online, code follows in autumn",
    "gute Grafik zum Vergleich der Kosten, nachbauen!",
    "works well for small nets, does not realy carry over to language models",
    "filter first, then store, then compress; order is important",
    "check for side effects in the knowledge graph (unwanted ones as well)",
    "Übergang der Zustände ist diskret, deshalb keine Ableitung",
    "benchmarks have no features, so the comparison says little",
    "moving target, Doppler correction by adaptive filters, tedious",
    "one data set only, three seeds, error bars are missing",
    "nice idea: corrupt rings and nodes together, not one by one",
    "Zusammenfassung der Sitzung fehlt mir noch, beim Kollegen fragen",
    "inference twice as fast on the small board, same accuracy",
    "$\\lambda$ is tuned by hand, range $0.1 \\le \\lambda \\le 10$",
    "loss is convex in $W$ and nothing else",
)
"""Filler for conference notes, one bullet each, in the two languages and with the slips of real notes."""

COMMON_NAMES = (
    "Large Language Models", "Natural Language Processing", "Reinforcement Learning", "Less is More", "2001",
    "Graph Neural Networks", "Industry 4.0", "COVID-19", "Trial and Error", "Compositionality", "Arithmetic",
    "Computer Vision", "Machine Translation", "Working Memory", "The Devil is in the Details", "Day 1",
    "One Size Fits All", "Visual Attention", "Question Answering", "1984", "Seeing is Believing",
    "Statistical Learning", "Free Recall", "Climate Change", "Advances in Natural Language Processing",
)  # fmt: skip
"""Main titles that name a field, a saying or a number: in running text they mean no paper."""

LEFTOVER_BULLETS = (
    "very slow under water, $`\\approx`$<!-- -->10 kHz of range",
    "transcription: DNA-\\>RNA, translation: RNA-\\>protein",
    "scaled by the Hessian $`\\mathcal{H}`$ of the loss",
    "random start $`\\rightarrow`$ evolutionary search",
    "not the same as fine-tuning ($`\\neq`$ training time)",
)
"""Bullets with GitLab math and pandoc's escapes, for the rules `md-math` and `md-pandoc`."""

COMMENTS = (
    "Comment: interesting manual process, tedious to sample",
    "Comment: basics only, little that is new",
    "Comment: talk to the authors at the poster",
    "Kommentar: guter Überblick, wenig zu den Kosten",
)

TOPICS = (
    "Generative AI and Model Optimisation", "Underwater Communications", "AI + SP", "Multiomics",
    "Speech Enhancement", "Graphs and Molecules", "Learning with Few Labels", "Model Compression",
    "Probabilistic Inference", "Sampling and Transport", "Datenauswahl", "Signale und Sensoren",
    "Erklärbarkeit",
)  # fmt: skip

SUBHEADINGS = ("Sparsity", "Compression", "Results", "Open questions", "Methode", "Offene Fragen")
