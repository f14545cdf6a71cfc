"""`newsletter test`."""

from __future__ import annotations

import dataclasses

import click

from newsletter.cli.call import Call, passes_call
from newsletter.cli.completing import complete_issues


@click.command("test")
@click.argument("issue", shell_complete=complete_issues)
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar="ADDR",
    help="Where to (default: [send] test_to, else `from`).",
)
@click.option(
    "--as",
    "as_reader",
    metavar="EMAIL|none",
    help="In the words for this reader, or for one without a name.",
)
@passes_call
def command(call: Call, issue: str, to: tuple[str, ...], as_reader: str | None) -> None:
    """One copy of ISSUE to yourself. Its subject begins with [test].

    On the local target it goes into the outbox. Kit's API has no test send: there it goes
    through SMTP_URL, and only to the addresses of [send] test_to or those named with --to.

    \b
    Examples:
      newsletter test walking
      newsletter test walking --as none --to me@example.org
    """
    from newsletter.cli.findings import finding_lines
    from newsletter.cli.opening import open_desk, open_project, target_name
    from newsletter.cli.postbox import smtp_post
    from newsletter.commands.compose import Stopped, compose
    from newsletter.commands.naming import find
    from newsletter.commands.trial import trial
    from newsletter.errors import WrongUsage
    from newsletter.ledger import mirror
    from newsletter.liquid import Reader

    opened = open_project(call, is_needed=False)
    settings = opened.settings
    read = find(opened.project, issue)
    composed = compose(opened.project, read, now=opened.clock(), target=settings.target)
    named = tuple(_address(typed) for typed in to)
    addresses = named or settings.send.test_to or (settings.sender_address,)
    with open_desk(call, opened) as desk:
        reader = None
        if as_reader == "none":
            reader = Reader(email_address="nobody@example.org")
        elif as_reader is not None:
            known = mirror.by_address(desk.ledger, target_name(settings), as_reader)
            if known is None:
                raise WrongUsage(
                    f"--as: nobody with the address {as_reader} is known.",
                    hint="newsletter run  asks the target; newsletter subscribers list  shows who is there.",
                )
            reader = Reader(email_address=known.email_address, first_name=known.first_name)
        target = desk.target
        if target.kind == "kit" and settings.smtp_url is not None:
            post = smtp_post(settings.smtp_url.get_secret_value(), settings.sender_address)
            target = dataclasses.replace(target, post=post)
        try:
            done = trial(
                opened.project,
                composed,
                target,
                to=addresses,
                reader=reader,
                leave_url=f"{settings.server.public_url}/u/test",
                now=desk.clock(),
            )
        except Stopped as stopped:
            call.talk(*finding_lines(stopped.composed))
            raise
    where = (
        f"in the outbox: {target.outbox}   (newsletter serve shows it)"
        if done.via == "outbox"
        else "sent"
    )
    call.answer(
        {"issue": done.slug, "to": list(done.to), "via": done.via},
        [f"One copy to {', '.join(done.to)}: {where}"],
    )


def _address(typed: str) -> str:
    from newsletter.audience.address import Unusable, read_address
    from newsletter.errors import WrongUsage

    found = read_address(typed)
    if isinstance(found, Unusable):
        raise WrongUsage(
            f"--to: {typed!r} is no address: {found.why}.",
            hint="--to me@example.org, and --to again for another one.",
        )
    return found.email_address
