"""`newsletter serve`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from newsletter.server.app import RequestLine


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0: a free one."
)
@passes_call
def command(call: Call, host: str, port: int) -> None:
    """The embedded Kit-compatible server: its API, its readers' pages, its mailbox.

    Delivers what is due while it runs. Nothing leaves this computer unless
    [server] deliver = "smtp" says so.

    \b
    Example:
      newsletter serve --port 8710
    """
    from datetime import timedelta

    from newsletter.cli.daemon import keep_running
    from newsletter.cli.identity import this_process
    from newsletter.cli.mailing import delivered_words, post_of, tell
    from newsletter.cli.opening import open_project, open_server_store
    from newsletter.cli.trouble import tell_trouble, unforeseen
    from newsletter.commands.pictures import MEDIA
    from newsletter.errors import NewsletterError, NotConfigured
    from newsletter.server.app import create_app
    from newsletter.server.bulk import work_off
    from newsletter.server.delivery import deliver_due
    from newsletter.server.embedded import CannotListen, serving
    from newsletter.server.webhooks import deliver_events

    call.target = "local"
    opened = open_project(call)
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise NotConfigured(
            f"This version listens on this computer only, not on {host}.",
            hint="Put a web server with TLS in front of 127.0.0.1 for /u/ and /forms/.",
        )
    post = post_of(opened.settings, opened.state)
    store, _key = open_server_store(opened, opened.state)
    public_url = opened.settings.server.public_url
    app = create_app(
        store,
        clock=opened.clock,
        public_url=public_url,
        on_request=lambda line: _tell(call, line),
        private_webhooks=True,  # it is on loopback, and so may be who listens
        media=opened.state / MEDIA,
    )
    owner = this_process().owner

    def work() -> None:
        now = opened.clock()
        reports = deliver_due(
            store,
            now=now,
            public_url=public_url,
            owner=owner,
            post=post,
            should_stop=call.stop.is_set,
        )
        for done in reports:
            words = f"{'sent to' if post else 'outbox:'} {delivered_words(done)}"
            _say(call, {"event": "delivered", **vars(done)}, words)
        try:
            tell(call, reports)
        except NewsletterError as error:
            tell_trouble(call, error)
        now = opened.clock()
        for worked in work_off(store, now=now, should_stop=call.stop.is_set):
            words = f"{now:%H:%M:%S}  {worked.kind}  {worked.items} items, {worked.failed} failed"
            _say(call, {"event": "bulk", **vars(worked)}, words)
        for told in deliver_events(store, now=now, allow_private=True):
            answer = told.response_status or "no answer"
            words = f"{now:%H:%M:%S}  webhook {told.event_type} → {told.host}  {answer}"
            _say(call, {"event": "webhook", **vars(told)}, words)

    where = "REAL EMAIL leaves" if post else "nothing leaves this computer"
    try:
        with serving(app, host=host, port=port) as url:
            _say(
                call,
                {"event": "started", "api": f"{url}/v4", "outbox": f"{url}/outbox"},
                f"Kit-compatible server, {where}\n"
                f"  API      {url}/v4      key in .newsletter/local.env\n"
                f"  Sign-up  {url}/forms/1\n"
                f"  Mailbox  {url}/outbox\n"
                "Ctrl-C stops.",
            )
            keep_running(
                work,
                every=timedelta(seconds=1),
                clock=opened.clock,
                on_error=lambda error: tell_trouble(call, unforeseen(call, error)),
                stop=call.stop,
            )
    except CannotListen as error:
        raise NotConfigured(
            f"Port {port} cannot be used: {error.message}.", hint=error.hint, code="cannot-listen"
        ) from error
    finally:
        store.close()


def _tell(call: Call, line: RequestLine) -> None:
    words = f"{line.at:%H:%M:%S}  {line.method:<6} {line.path:<40} {line.status}  {line.milliseconds:>5.0f} ms"
    data = {
        "event": "request",
        "method": line.method,
        "path": line.path,
        "status": line.status,
        "milliseconds": line.milliseconds,
    }
    _say(call, data, words)


def _say(call: Call, data: dict[str, object], words: str) -> None:
    click.echo(json.dumps(data, default=str) if call.as_json else words)
