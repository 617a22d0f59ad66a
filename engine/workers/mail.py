"""The job type `mail:send`: a plain letter over the mail server that the operator names."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from engine.errors import InvalidInput, InvalidState, Message
from engine.workers.tools import Tools

SECONDS = 30  # that a mail server may keep silent
MOST_ADDRESSES = 100


def send(variables: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Inputs: to (an address or a list of them), subject, text. Results: message_id, and refused: those of several
    addresses that the server did not take.

    A job that is done again sends the letter again, with the same Message-ID (RFC 5322, 3.6.4), by which mail programs
    know it. Raises InvalidState without a mail server and where it takes nothing, InvalidInput, and OSError where it
    can't be reached.
    """
    outside = tools.outside
    if not outside.mail_url or not outside.mail_from:
        raise InvalidState("Expected LIANXI_MAIL_URL and LIANXI_MAIL_FROM to be set, but one is not")
    letter = EmailMessage()
    letter["From"], letter["To"] = outside.mail_from, ", ".join(_addresses(variables.get("to")))
    letter["Subject"] = _text(variables, "subject")
    letter["Date"] = format_datetime(tools.now.astimezone(tools.zone))
    domain = outside.mail_from.rpartition("@")[2].strip(" >") or "lianxi"
    message_id = f"<{hashlib.sha256(tools.key.encode()).hexdigest()[:40]}@{domain}>"
    letter["Message-ID"] = message_id
    letter.set_content(_text(variables, "text"))

    try:
        with _connection(urlsplit(outside.mail_url)) as connection:
            refused = connection.send_message(letter)
    except smtplib.SMTPException as refusal:  # what it says names people, and would be read in logs
        code = getattr(refusal, "smtp_code", type(refusal).__name__)
        raise InvalidState("Expected the mail server to take the mail, but it answered {code}", code=code) from None
    return {"message_id": message_id, "refused": sorted(refused)}


def _connection(server: SplitResult) -> smtplib.SMTP:
    host, secure = server.hostname or "", ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, server.port or 465, timeout=SECONDS, context=secure)
    else:
        connection = smtplib.SMTP(host, server.port or 25, timeout=SECONDS)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=secure)
        elif server.username and host not in ("127.0.0.1", "::1", "localhost"):
            connection.close()
            raise InvalidState(
                "Expected {host} to offer STARTTLS before it gets a password, but it does not", host=host
            )
    if server.username:
        connection.login(unquote(server.username), unquote(server.password or ""))
    return connection


def _addresses(to: Any) -> list[str]:
    found = [to] if isinstance(to, str) else to
    are_texts = isinstance(found, list) and all(isinstance(each, str) for each in found)
    if not are_texts or not 0 < len(found) <= MOST_ADDRESSES or not all(_is_address(each) for each in found):
        raise _wrong("to", Message("Expected an address such as desk@example.org or a list of them as “to”"))
    return found


def _is_address(text: str) -> bool:
    name, _, host = text.partition("@")
    return bool(name and host) and text.isprintable() and not set(text) & set(' ,;:<>()[]"\\') and "@" not in host


def _text(variables: Mapping[str, Any], name: str) -> str:
    text = variables.get(name)
    if not isinstance(text, str) or (name == "subject" and not text.isprintable()):
        raise _wrong(name, Message("Expected a text as “{name}”", name=name))
    return text


def _wrong(name: str, message: Message) -> InvalidInput:
    return InvalidInput({name: [message]}, message.template, **message.params)
