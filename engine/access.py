"""Who may do what: the person acting, the permissions there are, and the rules over tasks and cases."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.errors import Forbidden, Message

PERMISSIONS = {
    "case:open": "register matters",
    "case:read_all": "read every matter",
    "case:read_own": "read the matters that one's groups work or worked on",
    "case:assign": "give tasks to others and take them back",
    "personal_data:read": "see names, phones and addresses in full; each look at an identity number is logged",
    "deploy": "check and deploy processes, decisions and forms",
    "operate": "see instances, jobs and incidents and help them on",
    "jobs:work": "take jobs and report them, as a program that does the work of service tasks",
    "accounts:manage": "manage accounts, groups and the calendar",
    "audit:read": "read the log of accesses",
}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person or system part on whose behalf something is done."""

    username: str
    groups: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def reads_cases(self) -> bool:
        return self.may("case:read_all") or self.may("case:read_own")


SYSTEM = Actor(username="system", permissions=frozenset(PERMISSIONS))


def ensure(actor: Actor, permission: str, order: str) -> None:
    """Raise Forbidden unless the actor has the permission. `order` completes the sentence "Expected to …"."""
    if not actor.may(permission):
        raise Forbidden(
            "Expected to {order}, but {who} lacks the permission {permission}",
            order=order if "{" in order else Message(order),
            who=actor.username,
            permission=permission,
        )


def ensure_candidate(task_id: int, candidates: set[tuple[str, str]], actor: Actor, order: str) -> None:
    """Raise Forbidden unless the actor is among the task's candidate users or in one of its candidate groups."""
    if not is_candidate(candidates, actor):
        raise Forbidden(
            "Expected to {order} task {task}, but {who} is not in {groups}",
            order=order,
            task=task_id,
            who=actor.username,
            groups=", ".join(sorted(name for _, name in candidates)) or "any group",
        )


def is_candidate(candidates: set[tuple[str, str]], actor: Actor) -> bool:
    return ("user", actor.username) in candidates or any(("group", group) in candidates for group in actor.groups)
