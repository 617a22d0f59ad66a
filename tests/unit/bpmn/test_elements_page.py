"""docs/bpmn-elements.md says what the registry says, and the tests it links to exist."""

from pathlib import Path

import pytest

from tools import bpmn_elements


def test_the_page_is_up_to_date():
    assert bpmn_elements.PAGE.read_text("utf-8") == bpmn_elements.page(), "run `python -m tools.bpmn_elements`"


@pytest.mark.parametrize("test", sorted(bpmn_elements.tests()))
def test_a_link_leads_to_a_test(test):
    file, _, function = test.partition("::")

    assert f"def {function}(" in (Path(__file__).parent / file).read_text("utf-8")
