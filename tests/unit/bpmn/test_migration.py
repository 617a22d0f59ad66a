"""Instance migration: what waits goes on in another version of the process, or is refused by name."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.bpmn import Execution, parse
from engine.bpmn.migration import migrate
from engine.bpmn.migration_plan import MigrationPlan, problems, suggest
from engine.events import (
    ElementMigrated,
    MessageSubscribed,
    MessageUnsubscribed,
    SignalSubscribed,
    TimerClosed,
    TimerScheduled,
    UserTaskClosed,
)
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    catch,
    diagram,
    ext,
    flow,
    gateway,
    io,
    loop,
    message,
    on_condition,
    on_error,
    on_event,
    on_message,
    on_signal,
    path,
    service,
    sub,
    timer,
    user,
    z,
)
from tests.unit.bpmn.test_random import BLOCKS, EVENTS, Drawing, Worker


class Migrating(Run):
    """A run that can be put on another version."""

    def to(self, *files: bytes, **plan: Any) -> dict[str, str]:
        """Migrate; what became of each element, in words. Refused ones change nothing."""
        target = parse({f"{number}.bpmn": data for number, data in enumerate(files)}, "p")
        mapping = plan.pop("mapping", {})
        migrated = self.at
        self.verdicts = migrate(migrated, target, MigrationPlan(mapping=mapping, **plan))
        if not any(verdict.verdict == "refused" for verdict in self.verdicts):
            self.events = list(migrated.events)
            self.history += [event for event in self.events if not isinstance(event, ElementMigrated)]
            self.model, self.state = target, migrated.dump()
            self.twin = self.at
        return {verdict.element_id: verdict.verdict for verdict in self.verdicts}

    @property
    def reasons(self) -> list[str]:
        return [str(verdict.reason) for verdict in self.verdicts if verdict.verdict == "refused"]


def old(body: str, *, extra: str = ROOTS, **given: Any) -> Migrating:
    return Migrating(diagram(START + END + body, extra=extra), **given)


def new(body: str, *, extra: str = ROOTS) -> bytes:
    return diagram(START + END + body, extra=extra)


def test_a_new_step_comes_after_what_is_under_way():
    run = old(user("a") + path("s", "a", "e"))

    found = run.to(new(user("a") + user("b") + path("s", "a", "b", "e")))
    run.complete("a").complete("b")

    assert found == {"a": "kept"}
    assert run.passed() == ["s", "a", "b", "e"]


def test_a_renamed_step_is_mapped():
    run = old(user("a") + path("s", "a", "e"))

    found = run.to(new(user("b") + path("s", "b", "e")), mapping={"a": "b"})

    moved = run.events[0]
    assert found == {"a": "moved"}
    assert (moved.element_id, moved.wait, moved.task.name) == ("b", "user", "B")
    assert run.complete("b").finished


def test_a_step_that_is_gone_is_refused_by_name_and_nothing_changes():
    run = old(user("a") + path("s", "a", "e"))
    before = run.state

    found = run.to(new(user("b") + path("s", "b", "e")))

    assert found == {"a": "refused"}
    assert run.reasons == ["Expected element a in the new version, but there is none: map it or let it go"]
    assert run.state == before


def test_another_kind_of_step_is_refused():
    run = old(user("a") + path("s", "a", "e"))

    assert run.to(new(service("a") + path("s", "a", "e"))) == {"a": "refused"}
    assert run.reasons == ["Expected element a to be a userTask as before, but in the new version it is a serviceTask"]


def test_a_branch_is_let_go():
    body = gateway("parallel", "f") + user("a") + user("b")
    run = old(body + path("s", "f", "a", "e") + path("f", "b", "e"))

    found = run.to(new(user("a") + path("s", "a", "e")), mapping={"b": None})

    assert found == {"a": "kept", "b": "cancelled"}
    assert [event.element_id for event in run.of(UserTaskClosed)] == ["b"]
    assert run.complete("a").finished


def test_letting_everything_go_is_no_migration():
    run = old(user("a") + path("s", "a", "e"))

    assert run.to(new(user("b") + path("s", "b", "e")), mapping={"a": None})["p"] == "refused"
    assert "a token to remain" in run.reasons[0]


def test_an_emptied_sub_process_is_left():
    inner = '<startEvent id="is"/>' + user("a") + user("b") + path("is", "a", "b")
    run = old(sub("x", inner) + user("c") + path("s", "x", "c", "e"))

    run.to(new(sub("x", '<startEvent id="is"/>' + user("b") + path("is", "b")) + user("c") + path("s", "x", "c", "e")),
           mapping={"a": None})  # fmt: skip

    assert run.where == ["c"]


def test_a_step_that_moved_into_a_sub_process_is_refused():
    run = old(user("a") + path("s", "a", "e"))
    inner = '<startEvent id="is"/>' + user("a") + path("is", "a")

    run.to(new(sub("x", inner) + path("s", "x", "e")))

    assert run.reasons == ["Expected element a to be inside of p, but in the new version it is inside of x"]


def test_timers_keep_their_date_unless_counted_again():
    flows = path("s", "a", "e") + path("late", "e")
    run = old(user("a") + boundary("late", "a", timer("timeDuration", "P3D")) + flows)
    due = run.of(TimerScheduled)[0].due_at
    longer = new(user("a") + boundary("late", "a", timer("timeDuration", "P9D")) + flows)

    assert run.to(longer) == {"a": "kept", "late": "kept"}
    assert [event.due_at for event in run.at.waits() if isinstance(event, TimerScheduled)] == [due]

    run.to(longer, recount=True)
    assert isinstance(run.events[1], TimerClosed)
    assert (run.events[2].due_at - due).days == 6


def test_boundary_events_come_and_go():
    watched = boundary("late", "a", timer("timeDuration", "P3D")) + path("late", "e")
    run = old(user("a") + watched + path("s", "a", "e"))
    other = boundary("told", "a", on_signal()) + path("told", "e") + boundary("bad", "a", on_error()) + path("bad", "e")

    found = run.to(new(user("a") + other + path("s", "a", "e")))

    assert found == {"a": "kept", "late": "cancelled", "told": "new"}
    assert run.signal("told").finished


def test_a_boundary_event_that_happened_is_not_armed_again():
    watched = boundary("late", "a", timer("timeDuration", "P3D"), interrupting=False) + path("late", "e")
    run = old(user("a") + watched + path("s", "a", "e")).fire("late")

    assert run.to(new(user("a") + watched + path("s", "a", "e"))) == {"a": "kept"}


def test_a_subscription_follows_the_name_or_keeps_it():
    run = old(user("a") + boundary("m", "a", on_signal("sig")) + path("s", "a", "e") + path("m", "e"))
    renamed = new(user("a") + boundary("m", "a", on_signal("sig2")) + path("s", "a", "e") + path("m", "e"))

    run.to(renamed, renew=False)
    assert [event.signal_name for event in run.at.waits() if isinstance(event, SignalSubscribed)] == ["alarm"]

    run.to(renamed)
    assert [event.signal_name for event in run.at.waits() if isinstance(event, SignalSubscribed)] == ["all clear"]


def test_a_changed_key_is_evaluated_again():
    extra = message("m", "=one")
    run = old(catch("c", on_message("m")) + path("s", "c", "e"), extra=extra, variables={"one": "1", "two": "2"})

    run.to(new(catch("c", on_message("m")) + path("s", "c", "e"), extra=message("m", "=two")))

    assert [type(event) for event in run.events] == [MessageUnsubscribed, MessageSubscribed]
    assert run.events[1].correlation_key == "2"


def test_a_key_that_fails_is_a_refusal():
    run = old(catch("c", on_message("m")) + path("s", "c", "e"), extra=message("m", "=one"), variables={"one": "1"})

    run.to(new(catch("c", on_message("m")) + path("s", "c", "e"), extra=message("m", "=missing")))

    assert "correlation key =missing" in run.reasons[0]


def test_repeated_work_keeps_its_count_and_results():
    def body(element: str, result: str) -> str:
        inner = loop("=[10, 20, 30]", element, sequential=True, outputCollection="out", outputElement=result)
        return user("a", inner=inner)

    run = old(body("item", "=item") + path("s", "a", "e")).complete("a")
    run.to(new(body("thing", "=thing + 1") + user("b") + path("s", "a", "b", "e")))

    run.complete("a").complete("a")

    assert run.where == ["b"]
    assert run.variables["out"] == [10, 21, 31]


def test_parallel_work_is_not_put_one_after_another():
    run = old(user("a", inner=loop("=[1, 2]", "item")) + path("s", "a", "e"))

    run.to(new(user("a", inner=loop("=[1, 2]", "item", sequential=True)) + path("s", "a", "e")))

    assert "all together" in run.reasons[0] and "one after another" in run.reasons[0]


def joined(kind: str, third: bool = True) -> str:
    body = gateway(kind, "f") + gateway(kind, "j") + user("a") + user("b") + user("c") + path("s", "f", "a", "j", "e")
    return body + path("f", "b", "j") + (path("f", "c", "j") if third else flow("c", "e"))


def test_a_join_goes_on_when_it_has_fewer_flows():
    run = old(joined("parallel")).complete("a").complete("b")

    run.to(new(joined("parallel", third=False)), mapping={"c": None})

    assert run.finished


def test_tokens_at_a_join_keep_the_flow_they_came_by():
    run = old(joined("parallel")).complete("a")

    run.to(new(joined("parallel")))

    assert not run.complete("b").finished
    assert run.complete("c").finished


def test_a_join_whose_flow_is_gone_is_refused_unless_mapped():
    run = old(joined("parallel")).complete("a")
    inserted = joined("parallel").replace(flow("a", "j"), flow("a", "d") + user("d") + flow("d", "j"))

    run.to(new(inserted))
    assert "Expected flow a_j" in run.reasons[0]

    run.to(new(inserted), mapping={"a_j": "d_j"})
    assert run.complete("b").complete("c").finished


def test_an_inclusive_join_waits_for_what_can_arrive_in_the_new_version():
    split = (
        gateway("inclusive", "f") + gateway("inclusive", "j") + user("a") + user("b") + path("s", "f") + path("j", "e")
    )
    flows = flow("f", "a", "=true") + flow("f", "b", "=true")
    run = old(split + flows + path("a", "j") + path("b", "j")).complete("a")

    run.to(new(split + flows + user("c") + path("a", "j") + path("b", "c", "j")))

    assert run.complete("b").where == ["c", "j"]
    assert run.complete("c").finished


def test_an_event_gateway_waits_for_the_events_of_the_new_version():
    def body(second: str) -> str:
        day = catch("day", timer("timeDuration", "P1D"))
        return gateway("eventBased", "g") + day + second + path("s", "g", "day", "e")

    run = old(body(catch("x", on_signal()) + path("g", "x", "e")))

    found = run.to(new(body(catch("y", on_signal("sig2")) + path("g", "y", "e"))))

    assert found == {"g": "kept", "day": "kept", "x": "cancelled", "y": "new"}
    assert run.signal("y").finished


def test_event_sub_processes_are_watched_for():
    aside = on_event("es", on_signal(), "z", body=user("z"), interrupting=False)
    run = old(user("a") + path("s", "a", "e"))

    assert run.to(new(user("a") + path("s", "a", "e") + aside)) == {"a": "kept", "ess": "new"}

    run.signal("ess")
    assert run.to(new(user("a") + user("b") + path("s", "a", "b", "e") + aside))["z"] == "kept"
    run.complete("z").complete("a").complete("b")
    assert run.finished


def test_a_failed_condition_is_mended_by_the_new_version():
    body = user("a") + gateway("exclusive", "g") + path("s", "a", "g")
    run = old(body + flow("g", "e", "=ok = true")).complete("a")
    assert run.incidents == {"g": "NO_FLOW"}

    assert run.to(new(body + flow("g", "e", "=ok = null"))) == {"g": "kept"}

    assert run.retry("g").finished


def test_a_condition_that_holds_already_happens_at_once():
    run = old(user("a") + path("s", "a", "e"), variables={"amount": 9})
    watched = boundary("high", "a", on_condition("=amount > 5")) + path("high", "e")

    run.to(new(user("a") + watched + path("s", "a", "e")))

    assert run.finished


def test_jobs_stay_with_their_worker():
    run = old(service("send") + path("s", "send", "e"))

    assert run.to(new(service("post") + user("b") + path("s", "post", "b", "e")), mapping={"send": "post"}) == {
        "send": "moved"
    }

    assert run.complete_job("post").where == ["b"]


def test_what_can_be_undone_must_be_there():
    handler = boundary("undo", "a", "<compensateEventDefinition/>")
    handler += '<userTask id="take_back" isForCompensation="true"/>'
    linked = '<association id="as" sourceRef="undo" targetRef="take_back"/>'
    throws = '<intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent>'
    body = user("a") + handler + user("b") + throws + path("b", "t", "e")
    run = old(body + path("s", "a", "b") + linked).complete("a")

    run.to(new(user("b") + path("s", "b", "e")))
    assert "was completed and can be undone" in run.reasons[0]

    run.to(new(body.replace('"a"', '"a2"') + path("s", "a2", "b") + linked), mapping={"a": "a2"})
    run.complete("b")
    assert run.where == ["take_back"]


def test_a_call_goes_on_in_the_called_process():
    called = diagram('<startEvent id="qs"/>' + user("inner") + path("qs", "inner"), id="q")
    call = f'<callActivity id="call">{ext(z("calledElement", processId="q"))}</callActivity>'
    run = Migrating(diagram(START + END + call + path("s", "call", "e")), called)

    run.to(diagram(START + END + call + user("b") + path("s", "call", "b", "e")), called)

    assert run.complete("inner").where == ["b"]


def test_rows_are_said_to_move_for_parts_and_rounds():
    several = f'<intermediateCatchEvent id="c">{on_signal()}{timer("timeDuration", "P1D")}</intermediateCatchEvent>'
    run = old(several + path("s", "c", "e"))

    run.to(new(several.replace('"c"', '"d"') + path("s", "d", "e")), mapping={"c": "d"})

    assert sorted((event.wait, event.element_id) for event in run.events) == [("signal", "d"), ("timer", "d")]
    assert run.signal("d").finished


def test_a_plan_must_name_what_is_there():
    source, target = parse({"p": new(user("a") + path("s", "a", "e"))}, "p"), parse({"p": new(user("b"))}, "p")

    found = problems(source, target, MigrationPlan(mapping={"x": "b", "a": "y", "s_a": None}))

    assert [str(problem) for problem in found] == [
        "Expected to map an element of the old version, but it has no x",
        "Expected to map a to an element of the new version, but it has no y",
    ]


def test_renamed_steps_are_suggested():
    source = parse({"p": new(user("a") + user("k") + user("x") + path("s", "a", "k", "x", "e"))}, "p")
    renamed = user("a2").replace('"A2"', '"A"')
    target = parse({"p": new(renamed + user("k") + path("s", "a2", "k", "e"))}, "p")

    found = {each.element_id: (each.target_id, each.renamed) for each in suggest(source, target)}

    assert found == {"a": ("a2", True), "k": ("k", False), "x": (None, False)}


def test_a_migrated_instance_is_stored_and_loaded():
    inner = '<startEvent id="is"/>' + user("a", io({"x": "=1"})) + path("is", "a")
    run = old(sub("x", inner) + path("s", "x", "e"))
    run.to(new(sub("x", inner) + user("b") + path("s", "x", "b", "e")))

    again = Execution.load(run.model, run.state, run.runtime)

    assert again.dump() == run.state
    assert run.complete("a").complete("b").finished


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@example(block=("each", ("link", ("user",), ("user",)), 2, False), seed=0)  # one iteration is over, the other is not
@given(block=BLOCKS, seed=st.integers(0, 1000))
def test_random_processes_go_on_in_a_version_with_one_more_step(block, seed):
    drawing = Drawing()
    first, last = drawing.draw(block, 1)
    around = START + END + drawing.xml + flow("s", first)
    longer = diagram(around + user("added") + path(last, "added", "e"), extra=EVENTS)
    run = Migrating(diagram(around + flow(last, "e"), extra=EVENTS), *drawing.processes)
    worker, order = Worker(drawing, run), random.Random(seed)
    left = order.randrange(5)
    added: Counter[str] = Counter()

    while not run.finished:
        if left == 0:
            if last not in run.passed() or last in standing(run):
                added["added"] = 1  # otherwise only work beside it is left
            assert set(run.to(longer, *drawing.processes).values()) <= {"kept"}
        left -= left > 0
        worker.do_something(order)

    passed = Counter(id for id in run.passed() if id in {**drawing.expected, "added": 1})
    assert passed == +drawing.expected + added


def standing(run: Migrating) -> set[str]:
    """The elements at which something is under way, sub-processes included."""
    return {passage.task_spec.name for passage in run.at._instance.tasks.values()}
