"""The tutorial: ten steps from nothing to a matter that staff work on. tests/browser/test_tutorial.py performs them.

In the texts **bold** is what stands on the screen and `code` what is typed or drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. do: what to do, in turn; see: what comes of it; why: what the step is about."""

    id: str
    title: LazyString
    why: LazyString
    do: tuple[LazyString, ...]
    see: LazyString


STEPS = (
    Step(
        id="pack",
        title=_("Begin a pack"),
        why=_("A pack is a folder of what belongs together: processes, forms, decisions, translations, scenarios."),
        do=(
            _("Open **Workshop**."),
            _(
                "Under **Begin a pack** type `on-site` as its name and `Visitors are helped on site` as what it is for,"
                " and press **Begin**."
            ),
        ),
        see=_(
            "The page of the pack. It came with a process of one step that would run at once; we draw one of our own"
            " instead."
        ),
    ),
    Step(
        id="draw",
        title=_("Draw the process"),
        why=_("The drawing is what runs. The check under it says, while you draw, what is still missing."),
        do=(
            _("Open `on_site.bpmn`. Click on an empty place of the drawing and press **Ctrl A**, then **Del**."),
            _("Drag the thin circle, the start, from the palette into the drawing. Type `Visitor comes` and Enter."),
            _("Press the three dots beside it, choose **User task**, type `Talk` and Enter."),
            _(
                "Press the three dots beside the task, choose **Exclusive gateway**. Double-click it: `Settled?`,"
                " Enter."
            ),
            _("Append an **End event** to it in the same way. Double-click it: `Settled on site`, Enter."),
            _(
                "Click the gateway and append to it, one after the other: **Business rule task** `How urgent`,"
                " **Start a clock** `Start the deadline`, **User task** `Pass it on`, **Stop a clock**"
                " `Stop the deadline`, and an **End event** `Passed on`. **Fit** shows everything when you run out of"
                " room."
            ),
        ),
        see=_(
            "Two ways lead out of the gateway, and after a moment **Saved** stands beside the name of the file: this"
            " is your draft, colleagues don't see it yet. The check under the drawing has errors; the next steps mend"
            " them."
        ),
    ),
    Step(
        id="form",
        title=_("Make a form"),
        why=_("What staff type into a form become variables: its keys are their names."),
        do=(
            _("Go back to the pack. Under **Add a file** choose **Form**, type `talk` and press **Add**."),
            _(
                "Drag **Number** under the field that is there. Under **General** type the label `How many people` and"
                " the key `people`."
            ),
            _("Drag **Checkbox** under it: label `Settled on the spot`, key `settled`."),
        ),
        see=_("On the right stands the form as staff will see it, drawn by the server."),
    ),
    Step(
        id="who",
        title=_("Say who does what, and when which way is taken"),
        why=_("A task goes to the inbox of a group. A condition is a FEEL text over the variables."),
        do=(
            _(
                "Open `on_site.bpmn` and click `Talk`. On the right open **Form** and choose `talk`; open"
                " **Assignment** and choose **Reception desk** under **Add a group** (elsewhere: a group of your"
                " office)."
            ),
            _("Click `Pass it on` and add the same group."),
            _(
                "Click the flow to `Settled on site`. Open **Condition** and type `settled`; open **General** and type"
                " the name `yes`."
            ),
            _("Click the other flow out of the gateway, press the wrench and choose **Default flow**."),
        ),
        see=_("The errors at the flows and the warnings at the tasks are gone."),
    ),
    Step(
        id="decide",
        title=_("Let a table decide"),
        why=_("Rules that change belong in a table, where whoever answers for them can read them."),
        do=(
            _("In the pack add a file: **Decision**, `urgency`. Open the tab `urgency` over the table."),
            _("Double-click **Amount**: type the label `How many people` and the expression `people`, then Esc."),
            _('Write into the cells of rule 1 `< 5` and `"normal"`, and as the answer of rule 2 `"urgent"`.'),
            _("Open **Try it out**, type `7` for people and press **Evaluate**."),
            _(
                "In `on_site.bpmn` click `How urgent`. Open **Called decision**, choose `urgency` under **Decisions**"
                " and type the **Result variable** `urgency`."
            ),
        ),
        see=_("The table answers “urgent” and marks rule 2."),
    ),
    Step(
        id="deadline",
        title=_("Set a deadline"),
        why=_("A clock counts working days with the calendar of the office and shows its light in every list."),
        do=(
            _(
                "Click `Start the deadline`. Open **What it needs**: the name of the clock is `answer`, the rule"
                ' `{count: 5, unit: "working_day"}`. Open **What it answers** and type `deadline`.'
            ),
            _("Click `Pass it on`. Under **Assignment** press *fx* at **Due date** and type `deadline.safe_due_at`."),
            _("Click `Stop the deadline` and type the name of the clock, `answer`."),
        ),
        see=_("Under the drawing: **0 errors, 0 warnings**."),
    ),
    Step(
        id="words",
        title=_("Say it in two languages"),
        why=_(
            "Everybody reads drawings, forms and decisions in their own language. If your office needs only one, draw"
            " in it and leave this out."
        ),
        do=(
            _("In the pack open **Translations**."),
            _("Type `接谈` beside `Talk`, `人数` beside `How many people`, and press **Save**."),
        ),
        see=_("Fewer texts have no translation yet; whoever works in Chinese reads 接谈."),
    ),
    Step(
        id="rehearse",
        title=_("Rehearse it, and keep the rehearsal"),
        why=_("A rehearsal runs your draft with a calendar of its own. Nothing is deployed and nobody is bothered."),
        do=(
            _("In the pack press **Rehearse** and then **Begin**."),
            _("Under `on-site` type `Noise at night` and press **Register**."),
            _("Under `Talk` type `7` as the number of people and press **Submit**."),
            _("Look at the dates and the values, then submit `Pass it on`."),
            _("Under **Keep as a scenario** type the name `passed_on` and press **Keep**."),
            _(
                "In the pack open the actions of `granted.toml`, a scenario of the process we replaced, and press"
                " **Remove**."
            ),
        ),
        see=_(
            "`Pass it on` waited with five days left, because more than four people came and rule 2 applied. From now"
            " on the scenario shows whether the process still does that."
        ),
    ),
    Step(
        id="deploy",
        title=_("Deploy it"),
        why=_(
            "Colleagues see a revision, staff what is deployed. Matters under way stay on the version they began with."
        ),
        do=(
            _("In the pack type `Help visitors on site` under **My changes** and press **Make a revision**."),
            _("Press **Deploy…**, then **Run them now** to run the scenarios."),
            _("Type the reason `Visitors wait too long` and press **Deploy revision**."),
        ),
        see=_("The deployment with its reason. Everything in it counts from now on."),
    ),
    Step(
        id="work",
        title=_("Work on it"),
        why=_("Staff need no more than their inbox."),
        do=(
            _(
                "Sign out, and sign in as somebody of the group; in the demonstration that is `lin`. In your office"
                " the operator puts people into groups."
            ),
            _("Press **Register**, choose `on-site`, type `Noise at night` and register it."),
            _(
                "The visitor is still there: `Talk` opens at once. Type `7` as the number of people and press"
                " **Submit**."
            ),
            _(
                "`Pass it on` is yours too. Open it in the **Inbox** under **My tasks**, look at its date, and press"
                " **Submit**."
            ),
        ),
        see=_(
            "`Pass it on` had five days left, as in the rehearsal. It is handed in, and the matter is done: you have"
            " built a process."
        ),
    ),
)
