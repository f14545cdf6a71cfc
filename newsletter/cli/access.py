"""`newsletter server app` and `newsletter server token`: who may use the server's API by OAuth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.call import Call, passes_call

if TYPE_CHECKING:
    from sqlalchemy import Row


@click.command("app")
@click.argument("name", required=False)
@click.option(
    "--redirect-uri", "redirect_uris", multiple=True, help="Where its answer goes; repeatable."
)
@click.option("--public", is_flag=True, help="It can keep no secret; PKCE stands in for it.")
@passes_call
def app(call: Call, name: str | None, redirect_uris: tuple[str, ...], public: bool) -> None:
    """Register an OAuth app by NAME; without it, list the apps.

    Its secret is shown this once. The app sends you to /oauth/authorize on the server,
    where you allow it.

    \b
    Examples:
      newsletter server app "My shop" --redirect-uri https://example.org/kit
      newsletter server app
    """
    from newsletter.cli.opening import server_store
    from newsletter.cli.table import table
    from newsletter.errors import WrongUsage
    from newsletter.server.oauth.asking import is_redirect_uri
    from newsletter.server.store import oauth

    if name is None:
        if redirect_uris or public:
            raise WrongUsage("An app needs a name.", hint="newsletter server app NAME …")
        with server_store(call) as store, store.reading() as db:
            apps = [
                {"client_id": each.client_id, "name": each.name, "public": not each.secret_digest}
                for each in db.execute(oauth.all_apps())
            ]
        rows = [[each["client_id"], each["name"]] for each in apps]
        lines = table(rows, head=["client_id", "name"], shrink=1) if rows else ["No apps yet."]
        call.answer({"apps": apps}, lines)
        return
    bad = [each for each in redirect_uris if not is_redirect_uri(each)]
    if bad or not redirect_uris or not name.strip():
        raise WrongUsage(
            f"{bad[0]} cannot be a redirect address." if bad else "Name an address with it.",
            hint="--redirect-uri https://…, http://127.0.0.1/…, or com.example.app:/…",
        )
    with server_store(call) as store, store.writing() as db:
        client_id, secret = oauth.add_app(
            db,
            name=name.strip(),
            redirect_uris=redirect_uris,
            is_public=public,
            now=store.clock(),
        )
    shown = {"client_id": client_id, "client_secret": secret}
    lines = [f"client_id      {client_id}"]
    if secret is not None:
        lines += [f"client_secret  {secret}", "The secret is not shown again."]
    call.answer({**shown, "redirect_uris": list(redirect_uris)}, lines)


@click.command("token")
@click.option("--label", default="by hand", show_default=True, help="What it is for.")
@click.option("--days", type=click.IntRange(1, 36500), help="How long it is good; else for ever.")
@click.option("--read-only", is_flag=True, help="It may change nothing.")
@click.option("--list", "listed", is_flag=True, help="Show the tokens that are good.")
@click.option("--revoke", type=click.IntRange(1), metavar="ID", help="End one.")
@passes_call
def token(
    call: Call, label: str, days: int | None, read_only: bool, listed: bool, revoke: int | None
) -> None:
    """Make an OAuth access token without asking an app, and show it this once.

    Purchases and bulk calls want one: an API key is not enough for them, as at Kit.

    \b
    Examples:
      newsletter server token --label "my shop"
      newsletter server token --list
      newsletter server token --revoke 3
    """
    from datetime import timedelta

    from newsletter.cli.opening import server_store
    from newsletter.errors import NotNow
    from newsletter.server.objects import written
    from newsletter.server.store import oauth

    with server_store(call) as store:
        now = store.clock()
        if listed:
            with store.reading() as db:
                rows = db.execute(oauth.usable(now=now)).all()
            _list(call, rows)
            return
        if revoke is not None:
            with store.writing() as db:
                was_good = oauth.revoke_by_id(db, revoke, now=now)
            if not was_good:
                raise NotNow(f"There is no good token {revoke} here.", code="no-such-token")
            call.answer({"revoked": revoke}, [f"Token {revoke} is good for nothing now."])
            return
        with store.writing() as db:
            made = oauth.issue(
                db,
                label=label,
                scope="read" if read_only else "public",
                expires_at=None if days is None else now + timedelta(days=days),
                now=now,
            )
    data = {
        "access_token": made.access_token,
        "scope": made.scope,
        "expires_at": written(made.expires_at),
    }
    call.answer(data, [made.access_token])
    call.talk("It is not shown again. It goes into the header Authorization, after “Bearer”.")


def _list(call: Call, rows: Sequence[Row[Any]]) -> None:
    from newsletter.cli.table import table
    from newsletter.server.objects import written

    tokens = [
        {
            "id": each.id,
            "for": each.app_name or each.label,
            "scope": each.scope,
            "created_at": written(each.created_at),
            "expires_at": written(each.expires_at),
        }
        for each in rows
    ]
    shown = [
        [str(each["id"]), each["for"], each["scope"], each["expires_at"] or "never"]
        for each in tokens
    ]
    head = ["id", "for", "scope", "ends"]
    call.answer({"tokens": tokens}, table(shown, head=head, shrink=1) if shown else ["No tokens."])
