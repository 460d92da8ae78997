"""Completing stubs from arXiv and Crossref, against a local server that speaks their formats."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from conftest import Command
from gitrepo import Repo
from smallvault import write

from vaultsync.core.errors import Problem
from vaultsync.core.frontmatter.block import parse_front_matter
from vaultsync.core.importers.identifier_list import stub
from vaultsync.core.importers.record import Item, Options, PaperRecord
from vaultsync.runs.fetch import PATIENCE, Fetcher, _Redirects

ENTRY = """\
  <entry>
    <id>http://arxiv.org/abs/{id}v3</id>
    <updated>2024-09-23T17:59:59Z</updated>
    <published>2022-10-24T15:51:21Z</published>
    <title>Rings in
  Pockets &amp; Cages</title>
    <summary>  We grow $x^2$ rings
in pockets.
</summary>
    <author><name>Ada Müller</name></author>
    <author><name>Bo Li</name><arxiv:affiliation>Example University</arxiv:affiliation></author>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1000/Rings.1</arxiv:doi>
    <arxiv:primary_category term="q-bio.BM" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
"""
FEED = """\
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
  <title type="html">ArXiv Query</title>
{entries}</feed>
"""
ERROR = """\
  <entry><id>http://arxiv.org/api/errors#incorrect_id_format</id><title>Error</title>
  <summary>incorrect id format</summary></entry>
"""
WORK = {
    "status": "ok",
    "message-type": "work",
    "message": {
        "DOI": "10.1000/xyz",
        "URL": "https://doi.org/10.1000/xyz",
        "title": ["Sparse &amp; <i>Dense</i>", "another name of it"],
        "container-title": ["Journal of Examples", "J. Ex."],
        "author": [{"given": "Ada", "family": "Müller", "sequence": "first"}, {"family": "Li"}],
        "issued": {"date-parts": [[2021, 3]]},
        "abstract": "<jats:p>We prune.</jats:p>",
        "reference-count": 12,
    },
}
UNKNOWN = "2404.99999"


class Service:
    """Both services on one port; `answers` overrules them: status, headers and body for the next requests.

    `trickle` is how many seconds each byte of a body takes, `trickled` how many bytes have gone that way.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.url = ""
        self.trickle = 0.0
        self.trickled = 0

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if self.answers:
            return self.answers.pop(0)
        parts = urlsplit(path)
        if parts.path == "/api/query":
            ids = parse_qs(parts.query)["id_list"][0].split(",")
            entries = "".join(ENTRY.format(id=value) for value in ids if value != UNKNOWN)
            return 200, {}, FEED.format(entries=entries).encode()
        if unquote(parts.path) == "/works/10.1000/xyz":
            return 200, {}, json.dumps(WORK).encode()
        return 404, {}, b"Resource not found."


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.agents.add(self.headers["User-Agent"])
            status, headers, body = found.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not found.trickle:
                self.wfile.write(body)
                return
            with suppress(OSError):  # whoever asked has hung up
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    found.trickled += 1
                    time.sleep(found.trickle)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(service: Service, clock: Clock, tmp_path: Path) -> Callable[[], Fetcher]:
    """Makes fetchers that share a cache, as two runs of the command do."""

    def make() -> Fetcher:
        return Fetcher(
            tmp_path / "cache",
            arxiv=f"{service.url}/api/query",
            crossref=f"{service.url}/works",
            timeout=5,
            sleep=clock.sleep,
            monotonic=lambda: clock.now,
        )

    return make


def completed(fetcher: Fetcher, *values: str) -> list[Item]:
    return list(fetcher.completing(lambda: [stub(value, Options()) for value in values])())


def test_an_arxiv_stub_gets_what_arxiv_states(fetcher: Callable[[], Fetcher], service: Service) -> None:
    assert completed(fetcher(), "arXiv:2210.13695v2") == [
        PaperRecord(
            title="Rings in Pockets & Cages",
            authors=("Ada Müller", "Bo Li"),
            date="2022-10-24",
            arxiv="2210.13695",
            doi="10.1000/rings.1",
            url="https://arxiv.org/abs/2210.13695",
            category="q-bio.BM",
            abstract="We grow $x^2$ rings in pockets.",
            tex=True,
            source="arXiv",
        )
    ]
    assert service.asked == ["/api/query?id_list=2210.13695&max_results=1"]
    assert all(agent.startswith("vaultsync/") for agent in service.agents)


def test_a_doi_stub_gets_what_crossref_states(fetcher: Callable[[], Fetcher], service: Service) -> None:
    assert completed(fetcher(), "https://doi.org/10.1000/XYZ") == [
        PaperRecord(
            title="Sparse & Dense",
            authors=("Ada Müller", "Li"),
            year=2021,
            date="2021-03",
            doi="10.1000/xyz",
            url="https://doi.org/10.1000/xyz",
            venue="Journal of Examples",
            abstract="We prune.",
            source="Crossref",
        )
    ]
    assert service.asked == ["/works/10.1000%2Fxyz"]


def test_old_ids_with_a_slash_are_found_again(fetcher: Callable[[], Fetcher]) -> None:
    (paper,) = completed(fetcher(), "arXiv:math/0309136")
    assert isinstance(paper, PaperRecord)
    assert paper.arxiv == "math/0309136"


def test_many_ids_go_in_few_requests_with_a_pause_between_them(
    fetcher: Callable[[], Fetcher], service: Service, clock: Clock
) -> None:
    values = [f"2101.{number:05}" for number in range(1, 121)]
    assert len(completed(fetcher(), *values)) == 120
    assert [path.count(",") + 1 for path in service.asked] == [50, 50, 20]
    assert clock.slept == [3.0, 3.0]


def test_what_was_told_is_kept_for_the_next_run(fetcher: Callable[[], Fetcher], service: Service) -> None:
    values = ("2210.13695", "10.1000/xyz", UNKNOWN)
    first = completed(fetcher(), *values)
    assert len(service.asked) == 2
    service.asked.clear()
    assert completed(fetcher(), *values) == first
    assert service.asked == [f"/api/query?id_list={UNKNOWN}&max_results=1"]


def test_a_damaged_answer_in_the_cache_is_asked_for_again(
    fetcher: Callable[[], Fetcher], service: Service, tmp_path: Path
) -> None:
    first = completed(fetcher(), "2210.13695")
    (kept,) = (tmp_path / "cache").iterdir()
    assert os.name != "posix" or kept.stat().st_mode & 0o077 == 0  # what somebody reads is theirs
    kept.write_text('{"title": ', encoding="utf-8")
    assert completed(fetcher(), "2210.13695") == first
    assert len(service.asked) == 2


def stays_a_stub(items: list[Item], reason: str) -> None:
    problem, paper = items
    assert isinstance(problem, Problem)
    assert reason in problem.message
    assert isinstance(paper, PaperRecord)
    assert paper.authors is None
    assert paper.title.startswith(("arXiv ", "DOI ", "ACL "))


def test_what_nobody_knows_stays_a_stub_with_a_problem(fetcher: Callable[[], Fetcher]) -> None:
    stays_a_stub(completed(fetcher(), UNKNOWN), "arXiv knows no such paper")
    stays_a_stub(completed(fetcher(), "10.1000/unknown"), "Crossref knows no such paper")
    stays_a_stub(
        completed(fetcher(), "https://aclanthology.org/2020.acl-main.1/"), "only arXiv ids and DOIs can be"
    )


def test_a_busy_service_is_asked_again_as_late_as_it_says(
    fetcher: Callable[[], Fetcher], service: Service, clock: Clock
) -> None:
    service.answers = [(429, {"Retry-After": "7"}, b""), (503, {"Retry-After": "86400"}, b"")]
    (paper,) = completed(fetcher(), "2210.13695")
    assert isinstance(paper, PaperRecord)
    assert paper.authors is not None
    assert [pause for pause in clock.slept if pause > 3] == [7.0, PATIENCE]


def test_a_service_that_stays_busy_is_left_in_peace(fetcher: Callable[[], Fetcher], service: Service) -> None:
    service.answers = [(503, {}, b"")] * 9
    one = fetcher()
    stays_a_stub(completed(one, "2210.13695"), "arXiv answers 503")
    stays_a_stub(completed(one, "2210.13696"), "arXiv answers 503")
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Welcome to this network", "arXiv's answer is no feed"),
        (b'<!DOCTYPE x [<!ENTITY a "aa">]><feed>&a;</feed>', "arXiv's answer is no feed"),
        (b"", "arXiv's answer is no feed"),
        (FEED.format(entries=ERROR).encode(), "arXiv knows no such paper"),
    ],
)
def test_an_answer_that_is_none_changes_nothing(
    body: bytes, reason: str, fetcher: Callable[[], Fetcher], service: Service
) -> None:
    service.answers = [(200, {}, body)]
    stays_a_stub(completed(fetcher(), "2210.13695"), reason)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"message": 3}', b'{"message": {"title": []}}'])
def test_a_work_that_is_none_changes_nothing(
    body: bytes, fetcher: Callable[[], Fetcher], service: Service
) -> None:
    service.answers = [(200, {}, body)]
    stays_a_stub(completed(fetcher(), "10.1000/xyz"), "Crossref")


def test_without_a_network_each_stub_stays_and_says_so(tmp_path: Path, clock: Clock) -> None:
    nowhere = Fetcher(
        tmp_path, arxiv="http://127.0.0.1:9/x", crossref="http://127.0.0.1:9", sleep=clock.sleep
    )
    stays_a_stub(completed(nowhere, "2210.13695"), "arXiv can't be reached")
    stays_a_stub(completed(nowhere, "10.1000/xyz"), "Crossref can't be reached")
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_says_nothing_is_given_up_after_the_time_out(tmp_path: Path, clock: Clock) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        deaf = Fetcher(tmp_path, arxiv=url, crossref=url, timeout=0.2, sleep=clock.sleep)
        stays_a_stub(completed(deaf, "2210.13695"), "arXiv gave no answer in 0.2 s")


def test_an_answer_that_trickles_in_is_given_up_as_a_whole(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    service.trickle = 0.02
    service.answers = [(200, {}, b" " * 3_000)]
    slow = Fetcher(tmp_path, arxiv=f"{service.url}/api/query", timeout=0.1, sleep=clock.sleep)
    stays_a_stub(completed(slow, "2210.13695"), "arXiv gave no answer in 0.1 s")
    assert service.trickled < 3_000


def test_headers_that_trickle_in_are_given_up_as_well(clock: Clock, tmp_path: Path) -> None:
    sent = 0
    with create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            nonlocal sent
            with server.accept()[0] as answer, suppress(OSError):
                answer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while sent < 3_000:
                    answer.sendall(b"x")
                    sent += 1
                    time.sleep(0.02)

        threading.Thread(target=trickle, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        slow = Fetcher(tmp_path, arxiv=url, timeout=0.1, sleep=clock.sleep)
        stays_a_stub(completed(slow, "2210.13695"), "arXiv gave no answer in 0.1 s")
    assert sent < 3_000


def test_a_service_may_send_us_on_within_its_house(fetcher: Callable[[], Fetcher], service: Service) -> None:
    service.answers = [(302, {"Location": "/works/10.1000%2Fxyz?moved"}, b"")]
    (paper,) = completed(fetcher(), "10.1000/xyz")
    assert isinstance(paper, PaperRecord)
    assert paper.title == "Sparse & Dense"
    assert service.asked[1:] == ["/works/10.1000%2Fxyz?moved"]


@pytest.mark.parametrize(
    "where", ["http://elsewhere.example/", "https://elsewhere.example/", "ftp://127.0.0.1/"]
)
def test_a_service_may_not_send_us_elsewhere(
    where: str, fetcher: Callable[[], Fetcher], service: Service
) -> None:
    service.answers = [(302, {"Location": where}, b"")]
    stays_a_stub(completed(fetcher(), "2210.13695"), "arXiv can't be reached")
    assert len(service.asked) == 1


@pytest.mark.parametrize("host", ["export.arxiv.org", "arxiv.org"])
def test_nobody_is_sent_from_https_to_http(host: str) -> None:
    request = urllib.request.Request("https://export.arxiv.org/api/query")
    headers: dict[str, str] = {}
    with pytest.raises(urllib.error.URLError, match=f"http://{host}"):
        _Redirects().redirect_request(request, None, 302, "Found", headers, f"http://{host}/api")
    kept = _Redirects().redirect_request(request, None, 302, "Found", headers, f"https://{host}/api")
    assert kept is not None
    assert kept.full_url == f"https://{host}/api"


BOMB = '<!DOCTYPE feed [<!ENTITY a "bomb">]><feed>&a;</feed>'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"]
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_document_type_is_no_feed_in_any_encoding(
    encoding: str, declared: bool, fetcher: Callable[[], Fetcher], service: Service
) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if declared else ""
    service.answers = [(200, {}, (head + BOMB).encode(encoding))]
    stays_a_stub(completed(fetcher(), "2210.13695"), "arXiv's answer is no feed")


def test_a_document_type_behind_a_long_declaration_is_no_feed(
    fetcher: Callable[[], Fetcher], service: Service
) -> None:
    head = f'<?xml version="1.0"{" " * 400}encoding="iso-8859-1"?>'
    service.answers = [(200, {}, (head + BOMB).encode())]
    stays_a_stub(completed(fetcher(), "2210.13695"), "arXiv's answer is no feed")


@pytest.mark.parametrize("answer", ['{"message": ' + '{"a": ' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_a_work_nested_without_end_changes_nothing(
    answer: str, fetcher: Callable[[], Fetcher], service: Service
) -> None:
    service.answers = [(200, {}, answer.encode())]
    stays_a_stub(completed(fetcher(), "10.1000/xyz"), "Crossref's answer is not understood")


def test_a_feed_nested_without_end_changes_nothing(fetcher: Callable[[], Fetcher], service: Service) -> None:
    service.answers = [(200, {}, b"<feed>" + b"<entry>" * 50_000 + b"</entry>" * 50_000 + b"</feed>")]
    stays_a_stub(completed(fetcher(), "2210.13695"), "arXiv")


def test_what_is_no_stub_passes_in_its_place(fetcher: Callable[[], Fetcher], service: Service) -> None:
    whole = PaperRecord(title="Whole", arxiv="2101.00001")
    items: list[Item] = [whole, stub("2210.13695", Options())]
    assert list(fetcher().completing(lambda: [whole])()) == [whole]
    assert service.asked == []
    assert whole in list(fetcher().completing(lambda: items)())


# From the command line


@pytest.fixture
def online(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr("vaultsync.runs.fetch.ARXIV", f"{service.url}/api/query")
    monkeypatch.setattr("vaultsync.runs.fetch.CROSSREF", f"{service.url}/works")
    monkeypatch.setattr("vaultsync.runs.fetch._PAUSES", {"arxiv": 0.0, "doi": 0.0})
    return service


def test_the_network_is_only_used_when_asked_for(vaultsync: Command, online: Service, tmp_path: Path) -> None:
    root = write(tmp_path / "vault", {})
    assert vaultsync("import", "2210.13695", "--no-commit", cwd=root).code == 0
    assert online.asked == []
    assert vaultsync("import", "10.1000/xyz", "--fetch", "--no-commit").code == 0
    note = (root / "Papers/Sparse & Dense.md").read_text(encoding="utf-8")
    assert note.endswith("---\n\n## Abstract\n\nWe prune.\n")
    front = parse_front_matter(note)
    assert front is not None
    assert front.values() == {
        "title": "Sparse & Dense",
        "authors": ["Ada Müller", "Li"],
        "year": 2021,
        "venue": "Journal of Examples",
        "doi": "10.1000/xyz",
        "url": "https://doi.org/10.1000/xyz",
        "tags": ["paper"],
        "source": ["Crossref"],
    }


def test_fetch_alone_completes_the_stubs_of_the_vault(
    vaultsync: Command, online: Service, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {"Papers/Mine.md": "---\narxiv: 2101.00001\ntags: [paper]\n---\nmine\n"})
    vaultsync("import", "2210.13695", "--no-commit", cwd=root)
    code, out, _ = vaultsync("import", "--fetch", "--no-commit")
    assert code == 0
    assert out.splitlines()[0].startswith("completed  Papers/arXiv 2210.13695.md  title, authors, date, doi")
    note = (root / "Papers/arXiv 2210.13695.md").read_text(encoding="utf-8")
    assert note.startswith(
        "---\ntitle: Rings in Pockets & Cages\nauthors:\n  - Ada Müller\n  - Bo Li\nyear: 2022\n"
    )
    assert note.endswith("---\n\n## Abstract\n\nWe grow $x^2$ rings in pockets.\n")
    assert vaultsync("fix", "--check", "--no-commit", "Papers/arXiv 2210.13695.md").code == 0
    online.asked.clear()
    assert "0 new, 0 completed" in vaultsync("import", "--fetch", "--no-commit").err
    assert online.asked == []


def test_the_body_of_a_stub_that_somebody_wrote_in_is_theirs(
    vaultsync: Command, online: Service, tmp_path: Path
) -> None:
    root = write(tmp_path / "vault", {})
    vaultsync("import", "2210.13695", "--no-commit", cwd=root)
    file = root / "Papers/arXiv 2210.13695.md"
    file.write_text(file.read_text(encoding="utf-8") + "to read\n", encoding="utf-8")
    vaultsync("import", "--fetch", "--no-commit")
    note = file.read_text(encoding="utf-8")
    assert "title: Rings in Pockets & Cages" in note
    assert note.endswith("---\nto read\n")


def search(*works: tuple[str, str, str]) -> tuple[int, dict[str, str], bytes]:
    """Crossref's answer to a search: title, surname and DOI of each work."""
    items = [
        {
            "DOI": doi,
            "title": [title],
            "author": [{"given": "Ida", "family": name}],
            "container-title": ["J. Ex."],
        }
        for title, name, doi in works
    ]
    return 200, {}, json.dumps({"message": {"items": items}}).encode()


NOTHING = (200, {}, FEED.format(entries="").encode())


@pytest.mark.parametrize(
    ("works", "doi"),
    [
        (
            [("Steady windows for inputs", "Alm", "10.1000/a"), ("Steady Windows", "Alm", "10.1000/b")],
            "10.1000/a",
        ),
        ([("Steady Windows for Inputs", "Oak", "10.1000/a")], None),  # somebody else's
        ([("Steady Windows for Inputs and More", "Alm", "10.1000/a")], None),
        (
            [
                ("Steady Windows for Inputs", "Alm", "10.1000/a"),
                ("Steady Windows for Inputs", "Alm", "10.1000/b"),
            ],
            None,
        ),
    ],
)
def test_a_note_without_an_identifier_is_found_by_its_title_if_it_is_exactly_that(
    fetcher: Callable[[], Fetcher], service: Service, works: list[tuple[str, str, str]], doi: str | None
) -> None:
    service.answers = [search(*works), NOTHING]
    paper = PaperRecord(title="Steady Windows for Inputs", authors=("Ida Alm",))
    found = [item for item in fetcher().searching([paper])() if isinstance(item, PaperRecord)]
    assert [one.doi for one in found] == ([doi] if doi else [])
    asked = parse_qs(urlsplit(service.asked[0]).query)
    assert asked["query.bibliographic"] == ["Steady Windows for Inputs"]


def test_a_stub_is_renamed_with_its_links_when_its_title_is_known(
    vaultsync: Command, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultsync.runs.fetch.ARXIV", f"{service.url}/api/query")
    monkeypatch.setattr("vaultsync.runs.fetch.CROSSREF", f"{service.url}/works")
    talk = "---\ntitle: C\ntags:\n  - conference\n---\n## Talk: X\n- see [[arXiv 2210.13695|this]] again\n"
    repo = Repo(write(tmp_path / "vault", {"Conferences/C.md": talk, "Home.md": "Home.\n"}))
    repo.git("init", "-q")
    repo.save()
    vaultsync("import", "2210.13695", cwd=repo.path)
    assert (repo.path / "Papers/arXiv 2210.13695.md").exists()
    code, out, _ = vaultsync("import", "--fetch", cwd=repo.path)
    assert code == 0
    new = repo.path / "Papers/Rings in Pockets & Cages.md"
    assert out.startswith("completed  Papers/Rings in Pockets & Cages.md  ")
    assert "title: Rings in Pockets & Cages\n" in new.read_text(encoding="utf-8")
    assert not (repo.path / "Papers/arXiv 2210.13695.md").exists()
    assert "[[Rings in Pockets & Cages|this]]" in (repo.path / "Conferences/C.md").read_text(encoding="utf-8")
    assert repo.status == ""
    vaultsync("undo", cwd=repo.path)


@pytest.mark.parametrize("closed", [True, False])
def test_an_answer_whose_elements_lie_too_deep_is_no_feed(
    fetcher: Callable[[], Fetcher], service: Service, closed: bool
) -> None:
    deep = "<a>" * 100_000 + ("</a>" * 100_000 if closed else "")
    service.answers.append((200, {}, FEED.format(entries=deep).encode()))
    problem, stays = completed(fetcher(), "arXiv:2210.13695")
    assert isinstance(problem, Problem)
    assert "its elements lie too deep in each other" in problem.message
    assert isinstance(stays, PaperRecord)


def test_an_answer_of_three_megabytes_is_read_and_a_larger_one_is_not(
    fetcher: Callable[[], Fetcher], service: Service
) -> None:
    for size, expected in ((2_900_000, PaperRecord), (3_000_001, Problem)):
        body = json.dumps({**WORK, "unread": ""}).encode()
        service.answers.append((200, {}, body + b" " * (size - len(body))))
        assert isinstance(completed(fetcher(), f"10.1000/x{size}")[0], expected)
