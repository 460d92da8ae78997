"""Answers of servers that mean harm, for `bench.hostile`: arXiv and Crossref, taken over by somebody.

A server of this machine answers every request with the body that is set. The command that asks is a whole
process, whose two addresses are put at that server, with no pause between requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARXIV = ("import", "2210.13695", "--fetch", "--diff", "--no-commit")
CROSSREF = ("import", "10.1234/x", "--fetch", "--diff", "--no-commit")

_FEED = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom">{}</feed>'
)
_ENTRY = "<entry><id>http://arxiv.org/abs/2210.13695v1</id><title>A{n}</title>{more}</entry>"
_WORK = '{{"status": "ok", "message": {{"DOI": "10.1234/x", "title": ["A"], {}}}}}'

Body = Callable[[int], bytes]


def answers() -> Iterator[tuple[str, tuple[str, ...], Body]]:
    """Each with its name, the command that asks for it, and how it grows."""
    xml = {
        "many entries": lambda n: _FEED.format("".join(_ENTRY.format(n=i, more="") for i in range(n))),
        "many authors": lambda n: _FEED.format(
            _ENTRY.format(n=0, more="<author><name>A B</name></author>" * n)
        ),
        "deep": lambda n: _FEED.format(_ENTRY.format(n=0, more="<a>" * n + "</a>" * n)),
        "deep, open": lambda n: "<feed>" + "<a>" * n,
        "many attributes": lambda n: "<feed " + " ".join(f"a{i}='b'" for i in range(n)) + "/>",
        "many namespaces": lambda n: "".join(f'<a xmlns:n{i}="u{i}">' for i in range(n)) + "</a>" * n,
        "references": lambda n: _FEED.format(_ENTRY.format(n="&#65;" * n, more="")),
        "comments": lambda n: _FEED.format("<!-- a -->" * n),
        "entities": lambda n: (
            "<!DOCTYPE a [" + "".join(f'<!ENTITY e{i} "&e{i - 1};&e{i - 1};">' for i in range(n)) + "]><a/>"
        ),
        "long title": lambda n: _FEED.format(_ENTRY.format(n="word $x$ \\alpha{ " * n, more="")),
        "long summary": lambda n: _FEED.format(_ENTRY.format(n=0, more=f"<summary>{'{ $ ' * n}</summary>")),
        "no XML": lambda n: "<" * n,
        "blanks": lambda n: " " * n,
    }  # fmt: skip
    for name, grow in xml.items():
        yield f"answer arxiv {name}", ARXIV, lambda n, g=grow: g(n).encode()  # type: ignore[misc]
    json = {
        "deep lists": lambda n: "[" * n + "]" * n,
        "deep lists, open": lambda n: "[" * n,
        "deep objects": lambda n: '{"message":' * n,
        "deep author": lambda n: _WORK.format('"author": ' + "[" * n + "]" * n),
        "many authors": lambda n: _WORK.format(
            '"author": [' + ",".join('{"family": "B"}' for _ in range(n)) + "]"
        ),
        "many titles": lambda n: _WORK.format('"title": [' + ",".join('"A"' for _ in range(n)) + "]"),
        "many keys": lambda n: _WORK.format(",".join(f'"k{i}": 1' for i in range(n))),
        "digits": lambda n: _WORK.format(f'"issued": {{"date-parts": [[{"9" * n}]]}}'),
        "abstract": lambda n: _WORK.format(f'"abstract": "{"<jats:p>a" * n}"'),
        "escapes": lambda n: _WORK.format('"container-title": ["' + "\\u00e9" * n + '"]'),
        "surrogates": lambda n: _WORK.format('"container-title": ["' + "\\ud800" * n + '"]'),
        "markup": lambda n: _WORK.format('"container-title": ["' + "<i>&lt;" * n + '"]'),
    }
    for name, grow in json.items():
        yield f"answer crossref {name}", CROSSREF, lambda n, g=grow: g(n).encode()  # type: ignore[misc]


@contextmanager
def serving(body: bytes) -> Iterator[str]:
    """A server that answers each request with `body`; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # whoever asked has hung up
                return

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
