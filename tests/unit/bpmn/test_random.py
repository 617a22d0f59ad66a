"""Random well-formed processes: whatever the order of work, every task is passed as often as its block says."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events import UserTaskCreated
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
    on_condition,
    on_event,
    on_signal,
    path,
    script,
    throw,
    timer,
    user,
)

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
    ),
    max_leaves=10,
)


@dataclass
class Drawing:
    """Draws blocks as BPMN and counts, as a reference interpreter, how often each task is to be passed."""

    xml: str = ""
    number: int = 0
    expected: Counter[str] = field(default_factory=Counter)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def draw(self, block: tuple, times: int) -> tuple[str, str]:
        """Draw a block that is passed so often; its first and last element."""
        return getattr(self, f"draw_{block[0]}")(*block[1:], times=times)

    def draw_user(self, times: int) -> tuple[str, str]:
        return self._task(user, times)

    def draw_plain(self, times: int) -> tuple[str, str]:
        return self._task(lambda id: f'<task id="{id}"/>', times)

    def draw_sequence(self, blocks: list, times: int) -> tuple[str, str]:
        ends = [self.draw(block, times) for block in blocks]
        for (_, last), (following, _) in pairwise(ends):
            self.xml += flow(last, following)
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(block=BLOCKS, seed=st.integers(0, 1000))
def test_every_task_is_passed_as_often_as_its_block_says(block, seed):
    drawing = Drawing()
    first, last = drawing.draw(block, 1)
    run = Run(diagram(START + END + drawing.xml + path("s", first) + path(last, "e"), extra=ROOTS))
    order = random.Random(seed)

    while not run.finished:
        assert run.incidents == {}
        run.complete(order.choice([wait.element_id for wait in run.at.waits() if isinstance(wait, UserTaskCreated)]))

    assert Counter(id for id in run.passed() if id in drawing.expected) == +drawing.expected
