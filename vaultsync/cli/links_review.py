"""`vaultsync links review`: one question after the other, each answered by one key."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec

from vaultsync.core.links.decisions import Decision, Decisions
from vaultsync.core.links.mentions import Suggestion
from vaultsync.core.text.folding import fold_name
from vaultsync.core.text.shown import one_line

MOST = 9
"""Papers that a key can choose from."""

_ESCAPE = b"\x1b"
_MORE_WITHIN = 0.05
"""Seconds between the bytes that one key sends; a finger is slower."""

_END = (b"", b"\x04", b"\x00")
"""What is read at the end of the input: nothing, Ctrl-D, and on Linux a Ctrl-D that was typed ahead."""

Decide = Callable[[Callable[[Decisions], Decisions]], None]
"""Changes the decisions of the vault, and writes them."""


class _Given(msgspec.Struct, frozen=True):
    """What an answer decided, and what was decided about the same before."""

    made: tuple[Decision, ...] = ()
    before: Decisions = Decisions()


def review(choices: Sequence[Suggestion], decide: Decide, show: Callable[[Suggestion], str]) -> int:
    """Ask about each choice; gives the number of decisions that were written, and not undone."""
    answers: list[_Given] = []
    with _single_keys() as next_key:
        while len(answers) < len(choices):
            choice = choices[len(answers)]
            click.echo(f"\n{len(answers) + 1}/{len(choices)} {show(choice)}")
            key = _key(choice, next_key, can_undo=bool(answers))
            if key == "q":
                break
            if key == "u":
                _undo(answers.pop(), decide)
            else:
                answers.append(_decided(choice, key, decide))
    return sum(len(answer.made) for answer in answers)


def _key(choice: Suggestion, next_key: Callable[[], str], *, can_undo: bool) -> str:
    """The key of the answer: `y`, `n`, `s`, `q`, `u`, or the number of a paper."""
    papers = choice.papers[:MOST] if len(choice.papers) > 1 else ()
    for number, paper in enumerate(papers, 1):
        click.echo(f"    {number}  {one_line(paper)}")
    if len(choice.papers) > MOST:
        click.echo(f"    … and {len(choice.papers) - MOST} more, for `vaultsync links accept`")
    means = {str(number): paper for number, paper in enumerate(papers, 1)} if papers else {"y": "yes"}
    means |= {"n": "no", "s": "skipped"} | ({"u": "undone"} if can_undo else {}) | {"q": "quit"}
    asked = f"which one ({', '.join(means)}, ?) " if papers else f"link it ({', '.join(means)}, ?) "
    click.echo(asked, nl=False)
    while (key := next_key()) not in means:
        if key == "?":
            click.echo(f"help\n{_help(several=bool(papers), can_undo=can_undo)}{asked}", nl=False)
    click.echo(means[key])
    return key


def _help(*, several: bool, can_undo: bool) -> str:
    lines = [
        "    1-9  the words mean this paper: the next run links them"
        if several
        else "    y  yes, the words mean this paper: the next run links them",
        "    n  no, they don't: you are not asked again",
        "    s  skip: you are asked again next time",
        *(["    u  undo the last answer, and answer it again"] if can_undo else []),
        "    q  quit: what you answered stays decided",
    ]
    return "\n".join(lines) + "\n"


def _decided(choice: Suggestion, key: str, decide: Decide) -> _Given:
    """Write what the person answered."""
    about = tuple(Decision(choice.path, fold_name(choice.words), paper) for paper in choice.papers)
    if key == "s":
        return _Given()
    made = about if key == "n" else (about[0 if key == "y" else int(key) - 1],)
    before: list[Decisions] = []

    def change(known: Decisions) -> Decisions:
        before.append(known.about(made))
        return known.deny(made) if key == "n" else known.accept(made)

    decide(change)
    return _Given(made, before[0])


def _undo(answer: _Given, decide: Decide) -> None:
    """Write what was decided before the answer."""
    if answer.made:
        decide(lambda known: known.restored(answer.made, answer.before))


def _skip_sequence(descriptor: int) -> None:
    """Read the rest of what a key such as Delete or F5 sends after Escape: it is no answer.

    Control sequences end with a byte from `@` to `~`, of the others two are short:
    ECMA-48, 5.4, and https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, "PC-Style Function Keys".
    """

    def next_byte() -> bytes:
        ready, _, _ = select.select([descriptor], [], [], _MORE_WITHIN)
        return os.read(descriptor, 1) if ready else b""

    match next_byte():
        case b"O":  # F1 to F4
            next_byte()
        case b"[":
            byte = next_byte()
            if byte == b"[":  # F1 to F5 of a Linux console
                next_byte()
                return
            while byte and not b"@" <= byte <= b"~":
                byte = next_byte()


@contextmanager
def _single_keys() -> Iterator[Callable[[], str]]:
    """Within, the function gives the next key, without Enter; at the end of the input `q`."""
    try:
        import termios
    except ImportError:  # Windows has another way, which click knows
        yield click.getchar
        return
    descriptor = sys.stdin.fileno()
    as_it_was = termios.tcgetattr(descriptor)
    by_key = termios.tcgetattr(descriptor)
    by_key[3] &= ~(termios.ICANON | termios.ECHO)
    by_key[6][termios.VMIN], by_key[6][termios.VTIME] = 1, 0

    def next_key() -> str:
        sys.stdout.flush()
        key = os.read(descriptor, 1)
        if key == _ESCAPE:
            _skip_sequence(descriptor)
        return "q" if key in _END else key.decode("latin-1").lower()

    # (After what is written, and keeping what was typed ahead.)
    termios.tcsetattr(descriptor, termios.TCSADRAIN, by_key)
    try:
        yield next_key
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, as_it_was)
