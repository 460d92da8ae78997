"""TeX and HTML in titles: spelled where one line can hold it, else whole, and never half of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultsync.core.importers.file_names import safe_stem
from vaultsync.core.importers.latex import decoded, spelled
from vaultsync.core.importers.markup import unmarked


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"at 300$^{\circ}$C and 5\,$^\circ$K", "at 300°C and 5 °K"),
        (r"the 19$^{th}$ and 20\textsuperscript{th}", "the 19th and 20th"),
        (r"a 2 \(\mu\)m line", "a 2 μm line"),
        (r"Al$_{1-x}$N, SiO$_2$, $10^{-3}$, $L_\infty$", "Al₁₋ₓN, SiO₂, 10⁻³, L_∞"),
        (r"Al\textsubscript{0.4}Ga$_{1 - x}$As", "Al₀.₄Ga₁₋ₓAs"),
        (r"$\sqrt{s}$ and $\frac{1}{2}$", "√s and 1/2"),
        (r"$\bar{x}$ of $\hat y$", "x̄ of ŷ"),
        (r"$O(n \log n)$ for $x \in \mathbb{R}^n$", "O(n log n) for x ∈ Rⁿ"),
        # What has no form in one line stays math, whole:
        (r"on $\frac{a+b}{c}$ of \(\overline{AB}\)", r"on $\frac{a+b}{c}$ of $\overline{AB}$"),
        (
            r"$T_{c,max}$ and $\begin{matrix}a&b\end{matrix}$",
            r"$T_{c,max}$ and $\begin{matrix}a&b\end{matrix}$",
        ),
        (r"a \(b", r"a \(b"),
        (r"Title\footnote{Not of {it}}\thanks{No}", "Title"),
        (r"\href{https://x.org}{this} \texorpdfstring{$a$}{A}", "this A"),
        (r"Q\&amp;A on A&lt;B, <i>so</i>, {\textless}unk{\textgreater}", "Q&A on A<B, so, <unk>"),
        ("AT&T; R&D", "AT&T; R&D"),
    ],
)
def test_tex_and_html_are_spelled_or_stay_whole(tex: str, text: str) -> None:
    assert decoded(tex) == text


def test_where_math_is_kept_it_is_math_for_obsidian() -> None:
    assert decoded(r"If \( x_1 \) and \[y\], then $z$", keep_math=True) == "If $x_1$ and $$y$$, then $z$"


def test_a_file_name_has_no_tex() -> None:
    assert safe_stem(r"On $\frac{a+b}{c}$ and $\overline{AB}$") == "On frac a+b c and overline AB"
    assert spelled(r"$\alpha_{max}$ for $5") == "α _max for $5"


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("x<sup>2</sup>, 3<sup>rd</sup>, Foo<sup>TM</sup>", "x², 3rd, Foo™"),
        ("T<sub>c max</sub> <sup>not closed", "T_(c max) not closed"),
        ("a<sup><i>n</i></sup> &amp;lt;", "aⁿ &lt;"),
    ],
)
def test_html_goes_and_what_it_raises_stays_raised(marked: str, text: str) -> None:
    assert unmarked(marked) == text


@given(st.text(alphabet="aA1 \\{}$^_~'\"()[]<>/&;-\n", max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_decoded_and_letters_outside_of_tex_stay(tex: str) -> None:
    text = decoded(tex)
    assert decoded(tex, keep_math=True) is not None
    assert spelled(tex) is not None
    if not set("\\<&") & set(tex):
        assert [c for c in text if c in "aA"] == [c for c in tex if c in "aA"] or set("^_") & set(tex)
