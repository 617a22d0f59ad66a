"""The door to the engine: one command is one transaction, and the only commit; a query reads and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from engine import observing
from engine.access import Actor
from engine.clock import Clock, SystemClock
from engine.commands import HANDLERS
from engine.commands.idempotency import Answer, Request, carry_out_once
from engine.context import CommandContext, Enqueue, Watch
from engine.database import Database
from engine.database_faults import is_duplicate
from engine.definitions import Definitions
from engine.errors import InvalidState
from engine.offers import Offers
from engine.queries import QueryContext

P = ParamSpec("P")
R = TypeVar("R")


class Engine:
    """Executes commands and answers queries over one database.

    enqueue(session, name, args) defers a job inside the transaction; wake() tells a worker after the commit that there
    is work. watch(instance, events) sees what happened in an instance before it is stored.
    """

    def __init__(
        self,
        database: Database,
        *,
        zone: ZoneInfo,
        enqueue: Enqueue,
        wake: Callable[[], None] = lambda: None,
        clock: Clock | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.database = database
        self.zone = zone
        self.clock = clock or SystemClock()
        self.definitions = Definitions()
        self.offers = Offers()
        self._enqueue = enqueue
        self._wake = wake
        self._watch = watch

    def execute(self, command: Any, *, actor: Actor) -> Any:
        """Carry out a command in one transaction. Raises a Rejection when refused; then nothing has changed."""
        return self._transact(command, lambda context: HANDLERS[type(command)](command, context), actor)

    def execute_once(self, command: Any, *, actor: Actor, request: Request, answer: Callable[[Any], Answer]) -> Answer:
        """Carry out a command unless the actor's request was answered already; `answer` says what its result tells.

        Raises a Rejection, also where the key was another request's.
        """

        def handle(context: CommandContext) -> Answer:
            return carry_out_once(request, lambda: HANDLERS[type(command)](command, context), answer, context)

        return self._transact(command, handle, actor)

    def _transact(self, command: Any, handle: Callable[[CommandContext], R], actor: Actor) -> R:
        with observing.command(type(command).__name__, command, actor=actor.username) as seen:
            context, result = self._commit(handle, actor, seen)
        if context.jobs_deferred:
            self._wake()
        if context.jobs_offered:
            self.offers.announce(context.jobs_offered)
        return result

    def _commit(
        self, handle: Callable[[CommandContext], R], actor: Actor, seen: observing.Observation
    ) -> tuple[CommandContext, R]:
        try:
            with self.database.write() as session:
                context = CommandContext(
                    session=session,
                    actor=actor,
                    now=self.clock.now(),
                    zone=self.zone,
                    definitions=self.definitions,
                    enqueue=self._enqueue,
                    watch=self._watch,
                )
                result = handle(context)
                seen.told = context.told()
                context.write_history()
                return context, result
        except StaleDataError as error:
            raise InvalidState("Expected to be the only one to change this, but somebody else was quicker") from error
        except IntegrityError as error:
            if not is_duplicate(error):
                raise  # a row that breaks another rule is our own mistake, not the asker's
            raise InvalidState("Expected something new, but it exists already") from error

    def ask(self, query: Callable[Concatenate[QueryContext, P], R], *args: P.args, **params: P.kwargs) -> R:
        """Answer a query of engine.queries, such as `engine.ask(inbox.show, actor=…, view="mine")`."""
        with self.database.read() as session:
            context = QueryContext(session=session, now=self.clock.now(), zone=self.zone, definitions=self.definitions)
            return query(context, *args, **params)
