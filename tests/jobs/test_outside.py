"""Mails and webhooks leave as jobs: over real sockets, only where the operator allows, each known by its job's key."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from engine.config import InvalidSetting, Settings
from engine.jobs.functions import JobContext, run_job
from engine.jobs.retries import TryAgain
from engine.model.runtime import Incident, Job
from engine.workers import Outside
from tests.support.driver import open_driver
from tests.support.models import sequence


def task(type_, **inputs):
    rows = "".join(f'<zeebe:input source="{source}" target="{name}"/>' for name, source in inputs.items())
    return f"""<bpmn:serviceTask id="out" name="Tell them"><bpmn:extensionElements>
      <zeebe:taskDefinition type="{type_}" retries="2"/><zeebe:ioMapping>{rows}
      <zeebe:output source="={{status: status, id: message_id, said: body.said}}" target="told"/></zeebe:ioMapping>
      </bpmn:extensionElements></bpmn:serviceTask>"""


MAIL = task("mail:send", to="=to", subject="=&quot;Matter &quot; + name", text="Received")
HOOK = task("webhook:send", url="=url", body="={name: name}")


@pytest.fixture
def office(sqlite_database, tmp_path):
    office = open_driver(sqlite_database.url, tmp_path)
    office.deploy(sequence(MAIL, process_id="mail"), name="mails")
    office.deploy(sequence(HOOK, process_id="hook"), name="hooks")
    yield office
    office.service.close()


class PostOffice(socketserver.StreamRequestHandler):
    """Takes mails by SMTP (RFC 5321), unless it was told to be busy."""

    def handle(self):
        say = lambda line: self.wfile.write(f"{line}\r\n".encode())  # noqa: E731
        say("220 here")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                say("354 go on")
                letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.got.append(message_from_string(letter.decode(), policy=policy.default))
            if line.upper().startswith("MAIL") and self.server.busy:
                say("451 later")
            else:
                say("250 well" if line.upper() != "QUIT" else "221 bye")


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))
        self.send_response(302 if self.server.busy else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(b'{"said": "thanks"}')

    def log_message(self, *_):
        """Nothing on the terminal."""


@contextmanager
def listening(kind, handler):
    with kind(("127.0.0.1", 0), handler) as server:
        server.got, server.busy = [], False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def do(office, **outside):
    job = office.one(select(Job.id).where(Job.status == "open"))
    run_job(JobContext(engine=office.engine, outside=Outside(**outside)), job_id=job)


def test_a_mail_is_sent_and_known_by_its_key_when_it_is_sent_again(office):
    with listening(socketserver.ThreadingTCPServer, PostOffice) as server:
        allowed = {"mail_url": f"smtp://127.0.0.1:{server.server_address[1]}", "mail_from": "Desk <desk@example.org>"}
        instance = office.start("mail", to=["lin@example.org", "wang@example.org"], name="王秀兰")
        server.busy = True
        with pytest.raises(TryAgain):
            do(office, **allowed)
        assert office.one(select(Job.error)).endswith("but it answered 451"), "and names nobody"
        server.busy = False

        do(office, **allowed)

    (letter,) = server.got
    assert instance.row.status == "completed"
    assert (letter["Subject"], letter["To"]) == ("Matter 王秀兰", "lin@example.org, wang@example.org")
    assert letter.get_content().strip() == "Received"
    assert instance.variables["told"]["id"] == letter["Message-ID"] and letter["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize("to", ["", "nobody", ["a@b", 3], "a@example.org, b@example.org", "a@b\r\nBcc: c@d", []])
def test_what_is_no_address_gets_no_mail(office, to):
    office.start("mail", to=to, name="Wang")

    with pytest.raises(TryAgain):
        do(office, mail_url="smtp://127.0.0.1:1", mail_from="desk@example.org")

    assert "Expected an address such as desk@example.org" in office.one(select(Job.error))


def test_without_a_mail_server_it_ends_as_an_incident_that_says_what_is_missing(office):
    office.start("mail", to="lin@example.org", name="Wang")

    with pytest.raises(TryAgain):
        do(office)
    do(office)

    assert "LIANXI_MAIL_URL" in office.one(select(Incident.message))


def test_a_webhook_is_called_with_its_key_and_its_answer_kept(office):
    with listening(HTTPServer, Hook) as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        instance = office.start("hook", url=f"http://{host}/matters?from=here", name="王秀兰")
        server.busy = True
        with pytest.raises(TryAgain):
            do(office, webhook_hosts=frozenset([host]))
        server.busy = False

        do(office, webhook_hosts=frozenset([host]))

    assert {(path, body["name"]) for path, _, body in server.got} == {("/matters?from=here", "王秀兰")}
    assert len(server.got) == 2 and len({key for _, key, _ in server.got}) == 1
    assert instance.variables["told"]["status"] == 200 and instance.variables["told"]["said"] == "thanks"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://allowed.example@evil.example/",
        "file:///etc/passwd",
        "http://allowed.example:99/",
        "",
    ],
)
def test_no_other_host_is_called(office, url):
    office.start("hook", url=url, name="Wang")

    with pytest.raises(TryAgain):
        do(office, webhook_hosts=frozenset(["allowed.example"]))

    assert "Expected an address at a host of LIANXI_WEBHOOK_HOSTS" in office.one(select(Job.error))


def test_the_settings_say_what_may_be_reached(tmp_path):
    given = {"LIANXI_DATA": str(tmp_path), "LIANXI_WEBHOOK_HOSTS": "Hooks.example.org  other:8443"}

    assert Settings.from_environ(given).webhook_hosts == {"hooks.example.org", "other:8443"}
    with pytest.raises(InvalidSetting, match="LIANXI_MAIL_URL"):
        Settings.from_environ({**given, "LIANXI_MAIL_URL": "http://user:secret@mail"})
