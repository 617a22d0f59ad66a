"""Ad-hoc sub-processes: what may begin, in which order, and when it was enough."""

import pytest

from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    diagram,
    ext,
    loop,
    on_event,
    on_signal,
    path,
    sub,
    user,
    z,
)


def ad_hoc(body, *, condition="", listed="", **attributes):
    given = ext(z("adHoc", activeElementsCollection=listed)) if listed else ""
    until = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    inner = sub("x", given + body + until, "adHocSubProcess", **attributes)
    return diagram(START + inner + END + path("s", "x", "e"), extra=ROOTS)


def test_an_ad_hoc_sub_process_offers_all_at_once():
    run = Run(ad_hoc(user("a") + user("b") + user("c") + path("b", "c")))
    assert run.where == ["a", "b"]

    assert run.complete("b").complete("a").where == ["c"]
    assert run.complete("c").finished


def test_one_after_another():
    run = Run(ad_hoc(user("a") + user("b"), ordering="Sequential"))

    assert run.where == ["a"]
    assert run.complete("a").where == ["b"]
    assert run.complete("b").finished


def test_only_what_a_list_names():
    run = Run(ad_hoc(user("a") + user("b") + user("c"), listed="=wanted"), variables={"wanted": ["c", "a"]})

    assert run.where == ["a", "c"]


def test_a_list_that_names_a_stranger_is_an_incident():
    run = Run(ad_hoc(user("a"), listed="=wanted"), variables={"wanted": ["zz"]})

    assert run.incidents == {"x": "EXPRESSION_FAILED"}
    assert run.set(wanted=[]).retry("x").finished


@pytest.mark.parametrize(("cancels", "where"), [("true", []), ("false", ["b"])])
def test_enough_was_done(cancels, where):
    run = Run(ad_hoc(user("a") + user("b"), condition="=done", cancelRemainingInstances=cancels))

    assert run.complete("a", done=True).where == where
    assert run.finished == (where == [])


def test_enough_was_done_before_the_next_begins():
    run = Run(ad_hoc(user("a") + user("b"), condition="=done", ordering="Sequential"))

    assert run.complete("a", done=True).finished


def test_an_interrupting_event_puts_an_end_to_what_was_still_to_begin():
    alarm = on_event("ev", on_signal(), "h", body=user("h"))
    run = Run(ad_hoc(user("a") + user("b") + alarm, ordering="Sequential"))

    assert run.signal("evs").where == ["h"]
    assert run.complete("h").finished
    assert "b" not in run.passed()


def test_what_happens_beside_does_not_keep_the_next_activity_back():
    beside = on_event("ev", on_signal(), "h", body=user("h"), interrupting=False)
    run = Run(ad_hoc(user("a") + user("b") + beside, ordering="Sequential"))

    assert run.signal("evs").where == ["a", "h"]
    assert run.complete("a").where == ["b", "h"]
    assert run.complete("b").where == ["h"]
    assert run.complete("h").finished


def test_the_next_begins_when_all_rounds_and_followers_of_the_one_before_are_done():
    many = user("a", inner=loop("=[1,2]", "item"))
    run = Run(ad_hoc(many + user("b") + user("c") + path("a", "b"), ordering="Sequential"))

    assert run.complete("a").where == ["a"]
    assert run.complete("a").where == ["b"]
    assert run.complete("b").where == ["c"]
    assert run.complete("c").finished
