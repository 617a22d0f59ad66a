"""Random well-formed processes: whatever the order of work, every task is passed as often as its block says.

Few and always the same ones in the suite; as many others as LIANXI_RANDOM_PROCESSES says where it is set.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events import MessageSubscribed, UserTaskCreated
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    catch,
    diagram,
    end,
    ext,
    flow,
    gateway,
    io,
    loop,
    message,
    on_condition,
    on_error,
    on_escalation,
    on_event,
    on_message,
    on_signal,
    path,
    script,
    throw,
    timer,
    user,
    z,
)

MANY = int(os.environ.get("LIANXI_RANDOM_PROCESSES", "0"))
pytestmark = pytest.mark.timeout(0 if MANY else 120)

BLOCKS = st.recursive(
    st.sampled_from(["user", "plain"]).map(lambda kind: (kind,)),
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("parallel"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("exclusive"), st.lists(inner, min_size=2, max_size=3), st.integers(0, 2)),
        st.tuples(
            st.just("inclusive"), st.lists(inner, min_size=2, max_size=3), st.sets(st.integers(0, 2), min_size=1)
        ),
        st.tuples(st.just("loop"), inner, st.integers(1, 3)),
        st.tuples(st.just("sub"), inner),
        st.tuples(st.just("watched"), inner, st.sampled_from(["subProcess", "transaction"])),
        st.tuples(st.just("again"), inner, st.integers(1, 3)),
        st.tuples(st.just("link"), inner, inner),
        st.tuples(st.just("adhoc"), st.lists(inner, min_size=1, max_size=3), st.booleans()),
        st.tuples(st.just("each"), inner, st.integers(0, 2), st.booleans()),
        st.tuples(st.just("race"), st.lists(inner, min_size=2, max_size=3), st.integers(0, 2)),
        st.tuples(st.just("interrupted"), inner, inner),
        st.tuples(st.just("beside"), inner, st.integers(0, 2)),
        st.tuples(st.just("error"), inner, inner, st.booleans()),
        st.tuples(st.just("escalation"), inner, inner, st.booleans()),
        st.tuples(st.just("terminate"), inner),
        st.tuples(st.just("call"), inner),
    ),
    max_leaves=10,
)


@dataclass
class Drawing:
    """Draws blocks as BPMN and says, as a reference interpreter, how often each task is to be passed, and before which.

    never: tasks nobody does. wins: events that are to happen when they are waited for. breaks: those that interrupt,
    with how deep they are; they happen when nothing else can be done, the deepest first, so that all inside is done.
    rings: events beside a task -> (the task, how often they happen before it is done).
    detached: tasks nothing waits for but the end of their scope. order: all of the first come before all of the second.
    """

    xml: str = ""
    number: int = 0
    depth: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    processes: list[bytes] = field(default_factory=list)
    never: set[str] = field(default_factory=set)
    wins: set[str] = field(default_factory=set)
    breaks: dict[str, int] = field(default_factory=dict)
    rings: dict[str, tuple[str, int]] = field(default_factory=dict)
    detached: set[str] = field(default_factory=set)
    order: list[tuple[set[str], set[str]]] = field(default_factory=list)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def draw(self, block: tuple, times: int) -> tuple[str, str]:
        """Draw a block that is passed so often; its first and last element."""
        self.depth += 1
        ends = getattr(self, f"draw_{block[0]}")(*block[1:], times=times)
        self.depth -= 1
        return ends

    def draw_user(self, times: int) -> tuple[str, str]:
        return self._task(user, times)

    def draw_plain(self, times: int) -> tuple[str, str]:
        return self._task(lambda id: f'<task id="{id}"/>', times)

    def draw_sequence(self, blocks: list, times: int) -> tuple[str, str]:
        ends, drawn = [], []
        for block in blocks:
            before = set(self.expected)
            ends.append(self.draw(block, times))
            drawn.append(set(self.expected) - before)
        for (_, last), (following, _) in pairwise(ends):
            self.xml += flow(last, following)
        if times == 1:
            self.order += pairwise(drawn)
        return ends[0][0], ends[-1][1]

    def draw_parallel(self, blocks: list, times: int) -> tuple[str, str]:
        return self._split("parallel", blocks, dict.fromkeys(range(len(blocks))), times)

    def draw_exclusive(self, blocks: list, chosen: int, times: int) -> tuple[str, str]:
        chosen %= len(blocks)
        return self._split("exclusive", blocks, {chosen: "=true"}, times)

    def draw_inclusive(self, blocks: list, chosen: set, times: int) -> tuple[str, str]:
        return self._split("inclusive", blocks, {number % len(blocks): "=true" for number in chosen}, times)

    def draw_loop(self, block: tuple, rounds: int, times: int) -> tuple[str, str]:
        outer, self.xml = self.xml, ""
        id, start, head, back, count = map(self.name, ("sub", "start", "head", "back", "count"))
        first, last = self.draw(block, times * rounds)
        self.xml += gateway("exclusive", head) + gateway("exclusive", back, f"{back}_{head}") + path(start, head, first)
        self.xml += script(count, "=round + 1", "round") + path(last, count, back, head)
        self.xml += f'<endEvent id="{id}_end"/>' + flow(back, f"{id}_end", f"=round = {rounds}")
        inner = ext(io({"round": "=0"})) + f'<startEvent id="{start}"/>' + self.xml
        self.xml = outer + f'<subProcess id="{id}">{inner}</subProcess>'
        return id, id

    def draw_sub(self, block: tuple, times: int) -> tuple[str, str]:
        return self._sub(block, times, "")

    def draw_each(self, block: tuple, items: int, sequential: bool, times: int) -> tuple[str, str]:
        return self._sub(block, times * items, loop(f"={list(range(items))}", "item", sequential=sequential))

    def draw_watched(self, block: tuple, tag: str, times: int) -> tuple[str, str]:
        """What is waited for beside the work and never happens."""
        event, after = self.name("event"), self.name("after")
        aside = on_event(event, on_signal() + on_condition("=false"), after, body=f'<task id="{after}"/>')
        id, _ = self._sub(block, times, "", aside, tag)
        watch, late = self.name("watch"), self.name("late")
        self.xml += boundary(watch, id, timer("timeDuration", "P1D")) + f'<task id="{late}"/>' + path(watch, late)
        return id, id

    def draw_again(self, block: tuple, rounds: int, times: int) -> tuple[str, str]:
        return self._sub(block, times * rounds, f'<standardLoopCharacteristics loopMaximum="{rounds}"/>')

    def draw_link(self, block: tuple, other: tuple, times: int) -> tuple[str, str]:
        link = f'<linkEventDefinition name="{self.name("link")}"/>'
        there, here = self.name("there"), self.name("here")
        first, last = self.draw(block, times)
        following, end = self.draw(other, times)
        self.xml += throw(there, link) + catch(here, link) + path(last, there) + path(here, following)
        return first, end

    def draw_adhoc(self, blocks: list, sequential: bool, times: int) -> tuple[str, str]:
        outer, self.xml = self.xml, ""
        id, ordering = self.name("sub"), "Sequential" if sequential else "Parallel"
        for block in blocks:
            self.draw(("sub", block), times)
        self.xml = outer + f'<adHocSubProcess id="{id}" ordering="{ordering}">{self.xml}</adHocSubProcess>'
        return id, id

    def draw_race(self, blocks: list, chosen: int, times: int) -> tuple[str, str]:
        """Several events after an event-based gateway, of which one happens."""
        split, join = self.name("split"), self.name("join")
        self.xml += f'<eventBasedGateway id="{split}"/>' + gateway("exclusive", join)
        for number, block in enumerate(blocks):
            event, wins = self.name("event"), number == chosen % len(blocks)
            self.xml += catch(event, on_message("m") if wins else timer("timeDuration", "P1D"))
            self.wins |= {event} if wins else set()
            first, last = self.draw(block, times if wins else 0)
            self.xml += flow(split, event) + flow(event, first) + flow(last, join)
        return split, join

    def draw_interrupted(self, block: tuple, other: tuple, times: int) -> tuple[str, str]:
        """A sub-process that is interrupted when its last task waits, which nobody does."""
        outer, self.xml = self.xml, ""
        id, start, event, after = map(self.name, ("sub", "start", "event", "after"))
        first, last = self.draw(("sub", block), times)
        stay = self._nobody()
        inner = f'<startEvent id="{start}"/>' + self.xml + path(start, first) + path(last, stay)
        self.xml = outer + f'<subProcess id="{id}">{inner}</subProcess>' + boundary(event, id, on_message("m"))
        self.breaks[event] = self.depth
        return self._meet(id, event, other, times, after)

    def draw_beside(self, other: tuple, rings: int, times: int) -> tuple[str, str]:
        """A task beside which something happens several times."""
        host, event = self._task(user, times)[0], self.name("event")
        self.xml += boundary(event, host, on_message("m"), interrupting=False)
        self.rings[event] = host, rings
        self._detached(event, other, times * rings)
        return host, host

    def draw_error(self, block: tuple, other: tuple, deeper: bool, times: int) -> tuple[str, str]:
        """A sub-process that ends with an error, maybe from deeper inside."""
        outer, self.xml = self.xml, ""
        id, start, fails, event, after = map(self.name, ("sub", "start", "fails", "event", "after"))
        first, last = self.draw(("sub", block), times)
        inner = (
            f'<startEvent id="{start}"/>' + self.xml + end(fails, on_error()) + path(start, first) + path(last, fails)
        )
        if deeper:
            around, begin = self.name("sub"), self.name("start")
            inner = f'<subProcess id="{around}">{inner}</subProcess>'
            self.xml = ""
            inner = f'<startEvent id="{begin}"/>' + inner + path(begin, around, self._nobody()) + self.xml
        self.xml = outer + f'<subProcess id="{id}">{inner}</subProcess>' + boundary(event, id, on_error())
        return self._meet(id, event, other, times, after)

    def draw_escalation(self, block: tuple, other: tuple, interrupting: bool, times: int) -> tuple[str, str]:
        """A sub-process that escalates: either it goes on, or it is interrupted."""
        outer, self.xml = self.xml, ""
        id, start, tells, event, after = map(self.name, ("sub", "start", "tells", "event", "after"))
        first, last = self.draw(("sub", block), times)
        self.xml += throw(tells, on_escalation())
        if interrupting:
            inner = self.xml + path(start, first) + path(last, tells)
            self.xml = ""
            inner += path(tells, self._nobody()) + self.xml
        else:
            inner = self.xml + path(start, tells, first)
        self.xml = outer + f'<subProcess id="{id}"><startEvent id="{start}"/>{inner}</subProcess>'
        self.xml += boundary(event, id, on_escalation(), interrupting=interrupting)
        if interrupting:
            return self._meet(id, event, other, times, after)
        self._detached(event, other, times)
        return id, id

    def draw_terminate(self, block: tuple, times: int) -> tuple[str, str]:
        """A sub-process of two branches, one of which ends both."""
        outer, self.xml = self.xml, ""
        id, start, split, stop = map(self.name, ("sub", "start", "split", "stop"))
        first, last = self.draw(("sub", block), times)
        other = self._nobody()
        self.xml += gateway("parallel", split) + end(stop, "<terminateEventDefinition/>")
        self.xml += path(start, split, first) + path(last, stop) + path(split, other)
        self.xml = outer + f'<subProcess id="{id}"><startEvent id="{start}"/>{self.xml}</subProcess>'
        return id, id

    def draw_call(self, block: tuple, times: int) -> tuple[str, str]:
        """The block is a process of its own."""
        outer, self.xml = self.xml, ""
        id, process, start = map(self.name, ("call", "process", "start"))
        first, _ = self.draw(block, times)
        inner = f'<startEvent id="{start}"/>' + self.xml + path(start, first)
        self.processes.append(diagram(inner, id=process, extra=EVENTS))
        self.xml = outer + f'<callActivity id="{id}">{ext(z("calledElement", processId=process))}</callActivity>'
        return id, id

    def _nobody(self) -> str:
        """A task nobody does."""
        id, _ = self._task(user, 0)
        self.never.add(id)
        return id

    def _meet(self, id: str, event: str, other: tuple, times: int, after: str) -> tuple[str, str]:
        """The element is never left but by its event; the ways meet again."""
        first, last = self.draw(other, times)
        self.xml += gateway("exclusive", after) + path(event, first) + path(last, after) + path(id, after)
        return id, after

    def _detached(self, event: str, other: tuple, times: int) -> None:
        before = set(self.expected)
        first, _ = self.draw(other, times)
        self.detached |= set(self.expected) - before
        self.xml += path(event, first)

    def _sub(self, block: tuple, times: int, around: str, aside: str = "", tag: str = "subProcess") -> tuple[str, str]:
        outer, self.xml = self.xml, ""
        id, start = self.name("sub"), self.name("start")
        first, _ = self.draw(block, times)
        inner = around + f'<startEvent id="{start}"/>' + flow(start, first) + self.xml + aside
        self.xml = outer + f'<{tag} id="{id}">{inner}</{tag}>'
        return id, id

    def _split(self, kind: str, blocks: list, chosen: dict, times: int) -> tuple[str, str]:
        split, join = self.name("split"), self.name("join")
        self.xml += gateway(kind, split) + gateway(kind, join)
        for number, block in enumerate(blocks):
            first, last = self.draw(block, times if number in chosen else 0)
            self.xml += flow(split, first, chosen.get(number, "=false")) + flow(last, join)
        after, _ = self.draw_plain(times)
        self.xml += flow(join, after)
        return split, after

    def _task(self, write, times: int) -> tuple[str, str]:
        id = self.name("task")
        self.xml += write(id)
        self.expected[id] += times
        return id, id


@dataclass
class Worker:
    """Does what can be done, in any order."""

    drawing: Drawing
    run: Run
    rung: Counter[str] = field(default_factory=Counter)

    def do_something(self, order: random.Random) -> None:
        """Complete a task, or let an event happen."""
        possible, breaking = [], []
        drawing, waits = self.drawing, self.run.at.waits()
        tasks = self.run.at._instance.tasks
        busy = set()  # tasks beside which something is still to happen
        for wait in waits:
            if isinstance(wait, MessageSubscribed):
                id, element = wait.element_instance_id, wait.element_id
                if element in drawing.wins:
                    possible.append((id, "correlate_message"))
                elif element in drawing.breaks:
                    breaking.append((drawing.breaks[element], id))
                elif self.rung[host := tasks[id].internal_data["host"]] < drawing.rings[element][1]:
                    possible.append((id, "correlate_message"))
                    busy.add(host)
        for wait in waits:
            if isinstance(wait, UserTaskCreated) and wait.element_id not in drawing.never:
                possible.append((wait.element_instance_id, "complete_user_task"))
        possible = [(id, action) for id, action in possible if id not in busy]
        if not possible:
            possible = [(max(breaking)[1], "correlate_message")]
        id, action = order.choice(possible)
        if host := tasks[id].internal_data.get("host"):
            self.rung[host] += 1
        self.run.do(lambda execution: getattr(execution, action)(id, {}))


EVENTS = ROOTS + message("m", "k")


@settings(max_examples=MANY or 150, deadline=None, derandomize=not MANY, suppress_health_check=[HealthCheck.too_slow])
@given(block=BLOCKS, seed=st.integers(0, 1000))
def test_every_task_is_passed_as_often_as_its_block_says(block, seed):
    drawing = Drawing()
    first, last = drawing.draw(block, 1)
    main = diagram(START + END + drawing.xml + path("s", first) + path(last, "e"), extra=EVENTS)
    run = Run(main, *drawing.processes)
    worker, order = Worker(drawing, run), random.Random(seed)

    while not run.finished:
        assert run.incidents == {}
        worker.do_something(order)

    passed = [id for id in run.passed() if id in drawing.expected]
    assert Counter(passed) == +drawing.expected
    for earlier, later in drawing.order:
        times = [[passed.index(id) for id in ids - drawing.detached if id in passed] for ids in (earlier, later)]
        assert not all(times) or max(times[0]) < min(times[1])
