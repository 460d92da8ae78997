"""What TeX's macros stand for in plain text: the tables of `latex`.

The names of symbols come from pylatexenc's table and, for what that lacks, from here. The accents of
MathSciNet (`\\ocirc`, `\\cprime`, …) are those of amsrefs' `mathscinet.sty`.
"""

from __future__ import annotations

from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db  # type: ignore[import-untyped]  # has no types

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361", "ocirc": "\u030a", "polhk": "\u0328", "udot": "\u0323", "soft": "\u030c",
    "textcommabelow": "\u0326", "bud": "\u0306", "cftil": "\u0302",
}  # fmt: skip
MATH_ACCENTS = {
    "bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "widetilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c",
    "breve": "\u0306", "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a",
}  # fmt: skip
"""Over one sign; over more of them there is nothing in plain text."""

WRAPPERS = frozenset(
    "emph textbf textit textrm texttt textsc textsl textsf textmd textup textnormal text textls "
    "mbox hbox url path underline mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak mathscr "
    "mathnormal boldsymbol bm pmb operatorname ensuremath mkbibemph mkbibitalic mkbibbold NoCaseChange "
    "uppercase lowercase MakeUppercase MakeLowercase MakeSentenceCase textquote nohyphens bibcyr "
    "textcyrillic textgreek textlatin".split()
)
QUOTES = {"enquote": ("“", "”"), "mkbibquote": ("“", "”"), "textcite": ("", "")}
LEFT_OUT = {
    "footnote": 1, "thanks": 1, "footnotemark": 0, "footnotetext": 1, "label": 1, "index": 1, "vspace": 1,
    "hspace": 1, "phantom": 1, "hphantom": 1, "vphantom": 1, "noopsort": 1, "marginpar": 1, "todo": 1,
    "titlenote": 1, "titlefootnote": 1,
}  # fmt: skip
"""Macros that are no part of the text, with the number of their arguments."""

CHOSEN = {"href": (2, 1), "texorpdfstring": (2, 1), "textcolor": (2, 1), "foreignlanguage": (2, 1)}
"""Macros of which one argument is the text: how many there are, and which of them (from 0)."""

FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "nicefrac", "sfrac"})
OPERATORS = frozenset(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln "
    "log max min Pr sec sin sinh sup tan tanh mod bmod".split()
)
ALONE = {"^": "^", "~": "~", "`": "`", "'": "´", '"': "¨"}
"""Accents over nothing: `O(n\\^{}2)` is how programs write a caret that is meant as one."""

SWITCHES = frozenset(
    "bf it em sc rm tt sl sf bfseries itshape scshape upshape rmfamily ttfamily sffamily normalfont cal "
    "displaystyle textstyle scriptstyle left right big Big bigg Bigg bigl bigr protect relax limits nolimits "
    "cyrchar par noindent centering small footnotesize upshape mdseries selectfont nobreak".split()
)
SIGNS = {
    **{char: char for char in "%&$#_{}"},
    "\\": " ", " ": " ", "\n": " ", ",": " ", ";": " ", ":": " ", "!": "", "/": "", "-": "", "@": "",
    "|": "‖",
}  # fmt: skip
PLAIN = {"~": " ", "--": "–", "---": "—", "``": "“", "''": "”", "!`": "¡", "?`": "¿"}

_NAMED = {
    "textless": "&lt;", "textgreater": "&gt;", "textbar": "|", "textasciicircum": "^", "textunderscore": "_",
    "textbraceleft": "{", "textbraceright": "}", "textquotedbl": '"', "textminus": "−",
    "textperiodcentered": "·", "slash": "/", "space": " ", "newline": " ", "linebreak": " ", "allowbreak": "",
    "thinspace": " ", "nobreakspace": " ", "enspace": " ", "negthinspace": "",
    "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "S": "§", "P": "¶", "pounds": "£", "copyright": "©",
    "euro": "€", "EUR": "€", "SS": "ẞ", "imath": "ı", "jmath": "ȷ", "degree": "°", "textdegree": "°",
    "celsius": "°C", "flqq": "«", "frqq": "»", "flq": "‹", "frq": "›", "glqq": "„", "grqq": "“", "glq": "‚",
    "grq": "‘", "lq": "‘", "rq": "’", "ne": "≠", "land": "∧", "lor": "∨", "lnot": "¬", "neg": "¬", "Re": "ℜ",
    "Im": "ℑ", "prime": "′", "circ": "∘", "cprime": "ʹ", "cdprime": "ʺ", "lasp": "ʽ", "rasp": "ʼ",
    "Dbar": "Đ", "dbar": "đ", "micro": "µ", "AA": "Å", "aa": "å", "iff": "⇔", "implies": "⇒", "vert": "|",
    "mid": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "colon": ":", "star": "⋆", "setminus": "∖",
    "lbrack": "[", "rbrack": "]", "dash": "–", "textendash": "–", "textemdash": "—", "hyphen": "-",
    "mathellipsis": "…",
}  # fmt: skip


@cache
def symbols() -> dict[str, str]:
    """Macros without arguments and the text that each stands for."""
    context = get_default_latex_context_db()
    found = dict(_NAMED)
    for macro in context.iter_macro_specs(("latex-base", "advanced-symbols")):
        text = macro.simplify_repl
        constant = isinstance(text, str) and text and "%" not in text and macro.macroname != "today"
        if constant and macro.macroname.isalpha():
            found.setdefault(macro.macroname, text)
    return found
