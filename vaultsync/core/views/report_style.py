"""The look of a report: two themes by the reader's own setting, one column, fit for a phone and for paper.

Every pair of colours has a contrast of 7:1 or more (WCAG 2.2, level AAA), checked by a test.
"""

LIGHT = {"page": "#ffffff", "text": "#1b1b1f", "faint": "#4a4a52", "link": "#0a4a9e", "line": "#d9d9e0"}
DARK = {"page": "#16161a", "text": "#ececf1", "faint": "#b9b9c3", "link": "#9cc3ff", "line": "#3a3a44"}


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


STYLE = f"""\
:root{{{_variables(LIGHT)}color-scheme:light dark}}
@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}
*{{box-sizing:border-box}}
html{{-webkit-text-size-adjust:100%}}
body{{margin:0 auto;max-width:46rem;padding:1.5rem 1rem 4rem;background:var(--page);color:var(--text);\
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}}
h1,h2,h3,h4,h5,h6{{line-height:1.25;margin:1.6em 0 .5em}}
h1{{font-size:1.9rem;margin-top:0}}
h2{{font-size:1.4rem;border-bottom:1px solid var(--line);padding-bottom:.25em}}
h3{{font-size:1.15rem}}h4{{font-size:1rem}}h5,h6{{font-size:1rem}}
header p,.about{{color:var(--faint);margin:.2em 0 .6em}}
.about{{font-size:.9rem}}
a{{color:var(--link);text-underline-offset:.15em}}
a:focus-visible{{outline:2px solid var(--link);outline-offset:2px}}
nav{{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:1.5rem 0}}
nav>p{{margin:0;font-weight:600}}
nav ul{{margin:.3em 0;padding-inline-start:1.2em}}
nav>ul{{padding-inline-start:.2em;list-style:none}}
nav li{{margin:.2em 0}}
.paper{{border-inline-start:3px solid var(--line);padding-inline-start:.9rem;margin:1rem 0}}
.paper>h4,.paper>h5{{margin:.2em 0}}
.number{{font-weight:400;font-size:.85em;text-decoration:none}}
blockquote{{margin:.5em 0;padding:0}}blockquote p{{margin:0}}
blockquote p::before{{content:"“"}}blockquote p::after{{content:"”"}}
code,.math{{font-family:ui-monospace,"Cascadia Mono","DejaVu Sans Mono",monospace;font-size:.92em}}
mark{{background:none;color:inherit;font-weight:600}}
ol{{padding-inline-start:2em}}li{{margin:.35em 0}}
@media print{{:root{{{_variables(LIGHT)}}}body{{max-width:none;padding:0;font-size:10.5pt}}
.paper,li{{break-inside:avoid}}h2,h3,h4{{break-after:avoid}}a{{color:inherit;text-decoration:none}}}}
"""
