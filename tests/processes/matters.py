"""A matter of the petition office, as its tests speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from engine.queries import cases, tasks
from engine.queries.cases import CaseDetail
from engine.queries.due import ClockRow
from tests.support.driver import Driver, InstanceDriver

DESK = "lin"
OPINION = {
    "opinion_claims": [
        {"claim": "按合同交房", "facts": "工程停工两年", "basis": "民法典第577条", "result": "support"},
    ],
    "opinion_summary": "支持交房请求，开发商六十日内交房",
}
SERVED = {"served_on": "2026-03-20", "service_method": "in_person", "recipient": "张志远", "remedy_told": True}


@dataclass(kw_only=True)
class Matter(InstanceDriver):
    """A registered matter: its instance, and what its page says."""

    case_id: int

    @classmethod
    def registered(cls, office: Driver, facts: Mapping[str, Any], by: str = DESK) -> Self:
        opened = office.open_case("matter", by, **facts)
        assert opened.case_id is not None
        return cls(driver=office, id=office.case_instance(opened.case_id).id, case_id=opened.case_id)

    @property
    def page(self) -> CaseDetail:
        return self.driver.engine.ask(cases.detail, self.driver.actor("qian"), self.case_id)

    @property
    def clocks(self) -> dict[str, ClockRow]:
        """The clocks by name; of several with one name the last."""
        return {clock.name: clock for clock in self.page.clocks}

    @property
    def holders(self) -> set[tuple[str, str | None]]:
        """Which steps wait, and for whom."""
        return {(holder.step, holder.assignee or holder.unit) for holder in self.page.holders}

    def known(self, element_id: str, *, index: int = 0) -> Mapping[str, Any]:
        """The variables at an open task, as its page and its form read them."""
        seen = self.driver.engine.ask(tasks.detail, self.driver.actor("qian"), self.task(element_id, index=index).id)
        return dict(seen.variables)

    def handled_and_drafted(self, by: str, **opinion: Any) -> None:
        """The unit accepts, hears the petitioner and drafts its opinion."""
        self.task("receive_and_check").done_by(by, unit_decision="accept")
        self.task("handle").done_by(by, heard_on="2026-03-05", heard_statement="三年未交房", findings="工程停工两年")
        self.task("draft_opinion").done_by(by, **{**OPINION, **opinion})
