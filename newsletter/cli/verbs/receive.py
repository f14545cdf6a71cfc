"""`newsletter receive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from newsletter.cli.opening import Opened
    from newsletter.cli.serverlog import ServerLog
    from newsletter.commands.receive import Received


@click.command("receive")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8711, show_default=True, help="0: a free one."
)
@passes_call
def command(call: Call, host: str, port: int) -> None:
    """Take in at once what Kit's webhooks tell of readers: who came, left or bounced.

    Only what bears a good signature is believed, and each thing once; `newsletter run`
    finds the same later, without it. KIT_WEBHOOK_SECRET is the endpoint's secret. Put a
    web server with TLS in front, for /webhooks/kit.

    \b
    Example:
      newsletter receive --port 8711
    """
    from newsletter.cli.opening import open_project, open_state, target_name
    from newsletter.cli.receiving import PATH, receiving_app
    from newsletter.cli.serverlog import ServerLog
    from newsletter.cli.trouble import tell_trouble, unforeseen
    from newsletter.commands.receive import Receiver
    from newsletter.errors import NewsletterError, NotConfigured
    from newsletter.server.embedded import CannotListen, serving

    opened = open_project(call)
    secrets = _secrets(opened)
    ledger = open_state(opened)
    log = ServerLog(call, zone=opened.settings.zone)
    target = target_name(opened.settings)

    def trouble(error: Exception) -> None:
        told = error if isinstance(error, NewsletterError) else unforeseen(call, error)
        tell_trouble(call, told)

    try:
        app = receiving_app(
            Receiver(ledger, target=target, secrets=secrets),
            clock=opened.clock,
            on_received=lambda received: _tell(log, opened, received),
            on_trouble=trouble,
        )
        with serving(app, host=host, port=port) as url:
            log.say(
                {"event": "started", "url": f"{url}{PATH}", "target": target},
                f"Webhooks of {target} are taken in at {url}{PATH}",
                "Ctrl-C stops.",
            )
            _wait(call)
    except CannotListen as error:
        raise NotConfigured(
            f"Port {port} cannot be used: {error.message}.", hint=error.hint, code="cannot-listen"
        ) from error
    finally:
        ledger.close()


def _wait(call: Call) -> None:
    """Until somebody stops it."""
    import signal

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {
        each: signal.signal(each, lambda _number, _frame: call.stop.set()) for each in numbers
    }
    try:
        while not call.stop.wait(1.0):
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _secrets(opened: Opened) -> list[str]:
    from newsletter.errors import NotConfigured

    found = opened.settings.kit_webhook_secret
    secrets = [] if found is None else [s.strip() for s in found.get_secret_value().split(",")]
    if not any(secrets):
        raise NotConfigured(
            "KIT_WEBHOOK_SECRET is not set, so no delivery could be believed.",
            hint="Make a webhook endpoint at Kit (POST /v4/webhook_endpoints); its answer shows whsec_… once.\n"
            "Put KIT_WEBHOOK_SECRET=whsec_… into .env; while it is rotated, both with a comma between.",
            code="no-webhook-secret",
        )
    return [secret for secret in secrets if secret]


def _tell(log: ServerLog, opened: Opened, received: Received) -> None:
    from newsletter.words import rfc3339

    now = opened.clock()
    data = {
        "event": "received",
        "at": rfc3339(now),
        "verdict": received.verdict.value,
        "events": len(received.events),
        "new": [
            {"kind": each.kind.value, "email_address": each.raw.get("email_address")}
            for each in received.news
        ],
        "why": received.why,
    }
    words = received.why or f"{len(received.news)} new of {len(received.events)} events"
    told = [f"  {each.raw.get('email_address')} {each.kind.value}" for each in received.news]
    head = f"{now.astimezone(opened.settings.zone):%H:%M:%S}  {received.verdict.value}: {words}"
    log.say(data, head, *told)
