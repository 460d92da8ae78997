"""Planning: rules run to rest in memory, in one order, and the guard has the last word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from pytest_mock import MockerFixture

from vaultsync.core.config.config import Config
from vaultsync.core.config.config_file import parse_config
from vaultsync.core.errors import Problem, VaultsyncError
from vaultsync.core.links.index import Index
from vaultsync.core.note import Note, note_of
from vaultsync.core.plan.change import Plan
from vaultsync.core.plan.guard import objection
from vaultsync.core.plan.planner import MANY, plan_notes
from vaultsync.core.plan.rule_pass import own_check
from vaultsync.core.rules import RULES, rule_options
from vaultsync.core.rules.rule import Context, Example, Rule, RuleError, rule
from vaultsync.core.text.spans import TextEdit
from vaultsync.vault.parallel import spread

CONFIG = parse_config("", rule_options())
SHOWN = (Example("changes", "a", after="b"), Example("stays", "c"))


def a_rule(
    check: Callable[[Note], Iterable[TextEdit | Problem]], *, name: str = "x-rule", **kind: object
) -> Rule:
    def documented(note: Note, ctx: Context) -> Iterable[TextEdit | Problem]:
        """A rule of a test."""
        return check(note)

    return rule(name, evidence="A test's.", examples=SHOWN, **{"body": True, **kind})(documented)  # type: ignore[arg-type]  # any kind


def plan(files: dict[str, str], rules: Sequence[Rule], config: Config = CONFIG) -> Plan:
    notes = {path: note_of(path, text, config) for path, text in files.items()}
    index = Index(config, notes.get)
    for note in notes.values():
        index.put(note)
    return plan_notes(index, rules, notes, notes.get)


def after(found: Plan) -> dict[str, str]:
    return {change.path: change.after.text for change in found.changes}


def replaced(old: str, new: str) -> Callable[[Note], Iterator[TextEdit]]:
    def check(note: Note) -> Iterator[TextEdit]:
        at = note.text.find(old)
        if at >= 0:
            yield TextEdit(at, at + len(old), new)

    return check


def test_rules_see_what_the_pass_before_left() -> None:
    chain = [a_rule(replaced("b", "c"), name="second"), a_rule(replaced("a", "b"), name="first")]
    found = plan({"n.md": "a\n"}, chain)
    assert after(found) == {"n.md": "c\n"}
    assert found.changes[0].rules == ("first", "second")


def test_of_two_rules_that_want_the_same_words_the_first_one_has_them() -> None:
    found = plan(
        {"n.md": "ab\n"}, [a_rule(replaced("ab", "X"), name="one"), a_rule(replaced("b", "Y"), name="two")]
    )
    assert after(found) == {"n.md": "X\n"}


@pytest.mark.defects
@pytest.mark.parametrize("linked", [False, True])
def test_a_rule_that_never_comes_to_rest_in_a_note_is_stopped_there_and_the_other_notes_go_on(
    linked: bool,
) -> None:
    def grow(note: Note) -> Iterator[TextEdit]:
        if "grow" in note.text:
            yield TextEdit(0, 0, "z")

    rules = [a_rule(replaced("x", "y")), a_rule(grow, name="grow", linked=linked)]
    # (Of plain notes, linked rules are only shown those that name a block.)
    found = plan({"n.md": "grow x %% vaultsync: %%\n", "other.md": "x\n", "third.md": "x\n"}, rules)
    assert after(found) == {"other.md": "y\n", "third.md": "y\n"}
    (problem,) = found.problems
    assert (problem.path, problem.rule) == ("n.md", "guard")
    assert problem.message == "not written: the rules did not come to rest after 5 passes"


def failing(note: Note) -> Iterator[TextEdit]:
    if "bad" in note.text:
        raise KeyError("lost")
    return iter(())


def overlapping(note: Note) -> Iterator[TextEdit]:
    if "bad" in note.text:
        yield TextEdit(0, 2, "b")
        yield TextEdit(1, 3, "c")


@pytest.mark.defects
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize(("check", "error"), [(failing, "KeyError"), (overlapping, "OverlapError")])
def test_a_rule_that_fails_at_a_note_leaves_it_alone_and_the_other_notes_go_on(
    check: Callable[[Note], Iterator[TextEdit]], error: str, linked: bool
) -> None:
    rules = [a_rule(replaced("x", "y"), name="sound"), a_rule(check, name="broken", linked=linked)]
    found = plan({"n.md": "bad x %% vaultsync: %%\n", "other.md": "x\n", "third.md": "x\n"}, rules)
    assert after(found) == {"other.md": "y\n", "third.md": "y\n"}
    (problem,) = found.problems
    assert (problem.path, problem.rule) == ("n.md", "guard")
    assert error in problem.message
    assert "vaultsync" in problem.hint
    assert list(found.defects) == ["n.md"]
    assert error in found.defects["n.md"]
    assert "Traceback" in found.defects["n.md"]


@pytest.mark.defects
def test_a_rule_that_fails_is_named_and_fails_alike_in_other_processes(mocker: MockerFixture) -> None:
    names = [f"{number}.md" for number in range(MANY)]
    files = {name: "bad x\n" if name == "7.md" else "x\n" for name in names}
    notes = {path: note_of(path, text, CONFIG) for path, text in files.items()}
    index = Index(CONFIG, notes.get)
    for note in notes.values():
        index.put(note)
    rules = [a_rule(replaced("x", "y"), name="sound"), a_rule(failing, name="broken")]
    (gist,) = index.gists((notes["7.md"],))
    assert own_check(index, rules)(notes["7.md"], gist) is None
    found = plan_notes(index, rules, notes, notes.get)
    mocker.patch("os.sched_getaffinity", return_value={0, 1})
    for note in notes.values():
        index.put(note)
    apart = plan_notes(index, rules, notes, notes.get, spread)
    assert (after(apart), apart.problems) == (after(found), found.problems)
    assert list(apart.defects) == list(found.defects) == ["7.md"]
    assert len(found.changes) == MANY - 1
    assert found.problems[0].message == "not written: KeyError('lost'), in the rule broken"


def test_what_stops_a_run_is_no_defect_of_the_rule_that_it_meets() -> None:
    def stopped(note: Note) -> Iterator[TextEdit]:
        raise VaultsyncError("stop")

    with pytest.raises(VaultsyncError):
        plan({"n.md": "x\n"}, [a_rule(stopped)])


@pytest.mark.defects
def test_two_rules_that_take_back_what_the_other_did_leave_the_note_alone() -> None:
    there = a_rule(replaced("a", "b"), name="there")
    back = a_rule(replaced("b", "a"), name="back")
    found = plan({"n.md": "a\n"}, [there, back])
    assert found.changes == ()
    assert [p.path for p in found.problems] == ["n.md"]


@pytest.mark.defects
def test_a_note_that_the_guard_refuses_stays_and_the_others_go_on() -> None:
    greedy = a_rule(replaced("keep", "lost"), name="greedy", body=False, owns=("other",))
    found = plan(
        {"bad.md": "---\ntitle: keep\n---\n", "good.md": "keep\n"}, [a_rule(replaced("keep\n", "kept\n"))]
    )
    assert after(found) == {"good.md": "kept\n"} or "bad.md" not in after(found)
    refused = plan({"bad.md": "---\ntitle: keep\n---\n", "good.md": "x\n"}, [greedy])
    assert refused.changes == ()
    assert [p.rule for p in refused.problems] == ["guard"]
    assert 'the property "title" would change, which no rule meant' in refused.problems[0].message


@pytest.mark.parametrize(
    ("before", "later", "owns", "reason"),
    [
        ("---\na: 1\n---\nx", "x", ("*",), "the front matter would be gone"),
        ("---\na: 1\n---\nx", "---\na: [\n---\nx", ("*",), "no longer be valid"),
        ("---\na: 1 # why\n---\nx", "---\na: 2\n---\nx", ("a",), "the comment '# why' would be lost"),
        ("---\na: 1\n---\nx", "---\na: 1\nb: 2\n---\nx", ("a",), 'the property "b" would change'),
        ("---\na: 1\n---\nx", "---\na: '1'\n---\nx", ("b",), 'the property "a" would change'),
        ("---\na: 1\n---\nx", "---\na: 1\n---\ny", ("a",), "the text below the front matter would change"),
    ],
)
def test_the_guard_knows_what_must_hold(before: str, later: str, owns: tuple[str, ...], reason: str) -> None:
    applied = a_rule(replaced("", ""), body=False, owns=owns)
    assert reason in objection(note_of("n.md", before, CONFIG), note_of("n.md", later, CONFIG), [applied])


def test_the_guard_lets_an_owned_property_and_a_body_rule_pass() -> None:
    before, later = (note_of("n.md", f"---\na: {v}\n---\n{v}", CONFIG) for v in "12")
    assert objection(before, later, [a_rule(replaced("", ""), owns=("a",))]) == ""


@pytest.mark.parametrize(
    "prop",
    [
        "vaultsync: ignore",
        "vaultsync: false",
        "vaultsync: [x-rule]",
        "vaultsync: [ignore]",
        '"vault\\x73ync": ignore',
        'x: &a "vaultsync"\n*a : ignore',
    ],
)
def test_a_note_can_opt_out(prop: str) -> None:
    text = f"---\n{prop}\n---\na\n"
    assert plan({"n.md": text}, [a_rule(replaced("a\n", "b\n"))]).changes == ()


def test_a_note_can_opt_out_of_one_rule_and_keep_the_others() -> None:
    text = "---\nvaultsync: [other]\n---\na\n"
    assert after(plan({"n.md": text}, [a_rule(replaced("\na\n", "\nb\n"))])) == {
        "n.md": text.replace("\na\n", "\nb\n")
    }


def test_text_between_off_and_on_is_left_alone() -> None:
    text = "<!-- vaultsync:off -->\na\n<!-- vaultsync:on -->\n"
    assert plan({"n.md": text}, [a_rule(replaced("\na\n", "\nb\n"))]).changes == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Templates/t.md", "a\n"),
        ("n.md", "---\ntitle: <% tp.file.title %>\n---\na\n"),
        ("n.md", "---\nt: '{{t}}'\n---\na\n"),
    ],
)
def test_templates_are_left_alone(path: str, text: str) -> None:
    assert plan({path: text}, [a_rule(replaced("a\n", "b\n"))]).changes == ()


def test_a_folder_can_switch_a_rule_off() -> None:
    config = parse_config('[folders."Old/"]\nrules = {fm-tags = false}\n', rule_options())
    untidy = "---\ntags: a, b\n---\n"
    assert list(after(plan({"Old/n.md": untidy, "New/n.md": untidy}, RULES, config))) == ["New/n.md"]


def test_many_notes_are_planned_as_few_are() -> None:
    def shout(note: Note) -> Iterator[TextEdit | Problem]:
        yield note.problem(0, "x-rule", "loud")
        if note.text.startswith("a"):
            yield TextEdit(0, 1, "A")

    files = {f"{i:04}.md": ("a" if i % 7 == 0 else "b") + f"{i}\n" for i in range(MANY + 50)}
    found = plan(files, [a_rule(shout)])
    assert after(found) == {p: "A" + t[1:] for p, t in files.items() if t.startswith("a")}
    assert [p.path for p in found.problems] == sorted(files)


def test_a_rule_is_not_registered_without_documentation_or_examples() -> None:
    def check(note: Note, ctx: Context) -> Iterable[TextEdit]:
        return ()

    with pytest.raises(RuleError, match="has no docstring"):
        rule("x", evidence="E.", examples=SHOWN, body=True)(check)
    check.__doc__ = "Says something."
    with pytest.raises(RuleError, match="no example that it changes"):
        rule("x", evidence="E.", examples=SHOWN[1:], body=True)(check)
    with pytest.raises(RuleError, match="no example that it leaves alone"):
        rule("x", evidence="E.", examples=SHOWN[:1], body=True)(check)
    with pytest.raises(RuleError, match="no example that it reports"):
        rule("x", evidence="E.", examples=SHOWN[1:])(check)
