"""The client at our own server, over loopback: every operation that the server has, in short journeys.

A journey names the operations it goes through and sets out where the server has them all; the
last test holds that none of the server's own is left out.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter.kit import Grant, InvalidGrant, Kit, NotFound, OAuth, Product, Unauthorized
from newsletter.server.api.door import OPERATIONS
from newsletter.server.app import create_app
from newsletter.server.delivery import deliver_due
from newsletter.server.embedded import serving
from newsletter.server.store.store import Store
from tests.kit.practice import KEY, NOW, practice_store

PUBLIC_URL = "https://letters.example.org"
BACK = "http://127.0.0.1:9/back"
HAS_OAUTH = importlib.util.find_spec("newsletter.server.oauth") is not None
SERVED = {f"{each.method} {each.path}" for each in OPERATIONS}
SERVED |= {"POST /oauth/token"} if HAS_OAUTH else set()
# What only the official SDK calls; to our client a landing page is a form.
ALIASES = {"POST /landing_pages/{form_id}/subscribers/{id}"}


@dataclass
class Place:
    """A server and two clients of it: one with a key, one with a token where there are any."""

    kit: Kit
    token_kit: Kit
    url: str
    store: Store

    def __post_init__(self) -> None:
        self.ada = self.kit.subscribers.create(email_address="ada@example.org", first_name="Ada")

    def send_a_letter(self) -> int:
        letter = self.kit.broadcasts.create(
            subject="Tides",
            content='<p><a href="https://example.org/pier">Pier</a></p>',
            public=True,
        )
        self.kit.broadcasts.update(letter.id, send_at=NOW)
        deliver_due(self.store, now=NOW, public_url=PUBLIC_URL, owner="journey")
        return letter.id


Journey = Callable[[Place], None]
JOURNEYS: dict[str, tuple[Journey, set[str]]] = {}


def passes(*operations: str) -> Callable[[Journey], Journey]:
    def keep(journey: Journey) -> Journey:
        JOURNEYS[journey.__name__] = (journey, set(operations))
        return journey

    return keep


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    store = practice_store(tmp_path)
    app = create_app(store, clock=lambda: NOW, public_url=PUBLIC_URL)
    token = token_of(store)
    credential: dict[str, Any] = {"access_token": token} if token else {"api_key": KEY}
    with (
        serving(app) as address,
        Kit(api_key=KEY, base_url=f"{address}/v4", limiter=False) as kit,
        Kit(**credential, base_url=f"{address}/v4", limiter=False) as token_kit,
    ):
        yield Place(kit=kit, token_kit=token_kit, url=f"{address}/v4", store=store)
    store.close()


def token_of(store: Store) -> str | None:
    """A token that was made by hand, where the server has tokens."""
    if not HAS_OAUTH:
        return None
    tokens = importlib.import_module("newsletter.server.store.oauth")
    with store.writing() as db:
        granted = tokens.issue(db, label="journey", scope="public", expires_at=None, now=NOW)
    return str(granted.access_token)


@passes("GET /account")
def account(place: Place) -> None:
    assert place.kit.account.get().name == "Harbour Notes"


@passes("GET /account/colors", "PUT /account/colors")
def colors(place: Place) -> None:
    assert place.kit.account.set_colors(["#0b3954", "#bfd7ea"]) == ("#0b3954", "#bfd7ea")
    assert place.kit.account.colors() == ("#0b3954", "#bfd7ea")


@passes("GET /account/creator_profile")
def profile(place: Place) -> None:
    with pytest.raises(NotFound):
        place.kit.account.creator_profile()


@passes("GET /account/email_stats", "GET /account/growth_stats")
def account_figures(place: Place) -> None:
    assert place.kit.account.email_stats().email_stats_mode == "last_90"
    growth = place.kit.account.growth_stats(starting=date(2027, 2, 1), ending=date(2027, 3, 2))
    assert growth.starting is not None
    assert growth.starting.isoformat() == "2027-02-01T00:00:00+00:00"
    assert growth.new_subscribers


@passes(
    "GET /subscribers",
    "POST /subscribers",
    "GET /subscribers/{id}",
    "PUT /subscribers/{id}",
    "POST /subscribers/{id}/unsubscribe",
    "POST /subscribers/filter",
)
def people(place: Place) -> None:
    kit, ada = place.kit, place.ada
    assert ada.created
    assert kit.subscribers.update(ada.id, first_name="Ada L.").created is False
    assert kit.subscribers.get(ada.id).first_name == "Ada L."
    walked = [page.items[0].id for page in kit.subscribers.list(per_page=1).pages()]
    assert walked[0] == ada.id
    assert len(walked) == 4
    first, second = list(kit.subscribers.list(per_page=2).pages())
    assert second.pagination.start_cursor is not None
    back = kit.subscribers.list(per_page=2).page(before=second.pagination.start_cursor)
    assert [person.id for person in back.items] == [person.id for person in first.items]
    assert ada.id in [person.id for person in kit.subscribers.filter(per_page=1)]
    slim = next(iter(kit.subscribers.list(slim=True)))
    assert slim.fields is None
    kit.subscribers.unsubscribe(ada.id)
    (gone,) = kit.subscribers.list(status="cancelled", include="canceled_at")
    assert gone.id == ada.id


@passes("GET /subscribers/{subscriber_id}/stats")
def one_persons_figures(place: Place) -> None:
    place.send_a_letter()
    stats = place.kit.subscribers.stats(place.ada.id, email_sent_after=date(2027, 1, 1))
    assert (stats.id, stats.sent) == (place.ada.id, 1)


@passes(
    "POST /subscribers/{subscriber_id}/location",
    "PATCH /subscribers/{subscriber_id}/location",
    "DELETE /subscribers/{subscriber_id}/location",
)
def places(place: Place) -> None:
    porto: dict[str, Any] = {
        "city": "Porto",
        "state_province": "Norte",
        "country_code": "PT",
        "latitude": 41.15,
        "longitude": -8.61,
        "timezone": "Europe/Lisbon",
    }
    calls = place.kit.subscribers
    assert calls.create_location(place.ada.id, **porto).city == "Porto"
    assert calls.update_location(place.ada.id, **porto | {"city": "Faro"}).city == "Faro"
    calls.delete_location(place.ada.id)


@passes(
    "GET /tags",
    "POST /tags",
    "PUT /tags/{id}",
    "GET /tags/{tag_id}/subscribers",
    "POST /tags/{tag_id}/subscribers",
    "DELETE /tags/{tag_id}/subscribers",
    "POST /tags/{tag_id}/subscribers/{id}",
    "DELETE /tags/{tag_id}/subscribers/{id}",
    "GET /subscribers/{subscriber_id}/tags",
)
def tags(place: Place) -> None:
    kit, ada = place.kit, place.ada
    tag = kit.tags.create("Tides")
    assert (tag.created, kit.tags.create("TIDES").created) == (True, False)
    assert kit.tags.tag(tag.id, subscriber_id=ada.id).created
    assert kit.tags.tag(tag.id, email_address=ada.email_address).created is False
    assert [each.tagged_at for each in kit.tags.subscribers(tag.id)] == [NOW]
    assert [each.name for each in kit.subscribers.tags(ada.id)] == ["Tides"]
    assert [each.subscriber_count for each in kit.tags.list(include="subscriber_count")] == [1]
    kit.tags.untag(tag.id, email_address=ada.email_address)
    assert kit.tags.tag(tag.id, subscriber_id=ada.id).created
    kit.tags.untag(tag.id, subscriber_id=ada.id)
    assert kit.tags.rename(tag.id, "Ebbs").name == "Ebbs"


@passes(
    "GET /forms",
    "GET /forms/{form_id}/subscribers",
    "POST /forms/{form_id}/subscribers",
    "POST /forms/{form_id}/subscribers/{id}",
)
def forms(place: Place) -> None:
    form = next(iter(place.kit.forms.list()))
    added = place.kit.forms.add(
        form.id, subscriber_id=place.ada.id, referrer="https://example.org/"
    )
    again = place.kit.forms.add(form.id, email_address=place.ada.email_address)
    assert (added.created, again.created) == (True, False)
    members = place.kit.forms.subscribers(form.id, status="all")
    assert [each.referrer for each in members] == ["https://example.org/"]


@passes("GET /custom_fields", "POST /custom_fields", "PUT /custom_fields/{id}")
def custom_fields(place: Place) -> None:
    town = place.kit.custom_fields.create("Town")
    assert (town.created, place.kit.custom_fields.create("Town").created) == (True, False)
    assert place.kit.custom_fields.rename(town.id, "Home").key == "home"
    assert [each.label for each in place.kit.custom_fields.list()] == ["Home"]


@passes("DELETE /custom_fields/{id}", "GET /segments", "GET /email_templates")
def the_rest_of_an_account(place: Place) -> None:
    place.kit.custom_fields.delete(place.kit.custom_fields.create("Town").id)
    assert list(place.kit.segments.list()) == []
    assert any(each.is_default for each in place.kit.email_templates.list())


@passes(
    "GET /broadcasts",
    "POST /broadcasts",
    "GET /broadcasts/{id}",
    "PUT /broadcasts/{id}",
    "DELETE /broadcasts/{id}",
    "GET /broadcasts/stats",
    "GET /broadcasts/{broadcast_id}/stats",
    "GET /broadcasts/{broadcast_id}/clicks",
)
def broadcasts(place: Place) -> None:
    kit = place.kit
    sent = place.send_a_letter()
    kit.broadcasts.delete(kit.broadcasts.create(subject="Ebbs", content="<p>Low</p>").id)
    assert [each.id for each in kit.broadcasts.list(status="completed")] == [sent]
    assert kit.broadcasts.get(sent).subject == "Tides"
    assert kit.broadcasts.stats(sent).recipients == 4
    assert [each.url for each in kit.broadcasts.clicks(sent)] == ["https://example.org/pier"]
    (figures,) = kit.broadcasts.list_stats()
    assert (figures.id, figures.subject, figures.send_at) == (sent, "Tides", NOW)


@passes("GET /posts", "GET /posts/{id}")
def posts(place: Place) -> None:
    place.send_a_letter()
    (post,) = place.kit.posts.list()
    (whole,) = place.kit.posts.list(include_content=True)
    assert post.content is None
    assert "Pier" in (whole.content or "")
    assert place.kit.posts.get(post.id).content == whole.content


@passes(
    "GET /sequences",
    "POST /sequences",
    "GET /sequences/{id}",
    "PUT /sequences/{id}",
    "DELETE /sequences/{id}",
    "GET /sequences/{sequence_id}/subscribers",
    "POST /sequences/{sequence_id}/subscribers",
    "POST /sequences/{sequence_id}/subscribers/{id}",
    "GET /sequences/{sequence_id}/emails",
    "POST /sequences/{sequence_id}/emails",
    "GET /sequences/{sequence_id}/emails/{id}",
    "PUT /sequences/{sequence_id}/emails/{id}",
    "DELETE /sequences/{sequence_id}/emails/{id}",
)
def sequences(place: Place) -> None:
    kit, ada = place.kit, place.ada
    welcome = kit.sequences.create(
        name="Welcome", send_days=["monday"], send_hour=9, time_zone="Europe/Lisbon", active=True
    )
    assert kit.sequences.update(welcome.id, repeat=True).repeat
    assert kit.sequences.get(welcome.id, include="stats").send_days == ("monday",)
    assert kit.sequences.add(welcome.id, subscriber_id=ada.id).created
    assert kit.sequences.add(welcome.id, email_address=ada.email_address).created is False
    assert [each.id for each in kit.sequences.subscribers(welcome.id)] == [ada.id]
    hello = kit.sequence_emails.create(
        welcome.id, subject="Hello", content="<p>Hi</p>", delay_value=1, delay_unit="days"
    )
    assert hello.published is False
    assert kit.sequence_emails.update(welcome.id, hello.id, published=True).published
    assert kit.sequence_emails.get(welcome.id, hello.id).content == "<p>Hi</p>"
    assert [each.content for each in kit.sequence_emails.list(welcome.id)] == [None]
    kit.sequence_emails.delete(welcome.id, hello.id)
    assert [each.name for each in kit.sequences.list()] == ["Welcome"]
    kit.sequences.delete(welcome.id)
    with pytest.raises(NotFound):
        kit.sequences.get(welcome.id)


@passes("GET /snippets", "POST /snippets", "GET /snippets/{id}", "PUT /snippets/{id}")
def snippets(place: Place) -> None:
    calls = place.kit.snippets
    sign_off = calls.create(name="Sign off", content="Fair winds")
    block = calls.create(name="Map", html="<p>Pier</p>")
    assert (sign_off.key, block.snippet_type, block.html) == ("sign-off", "block", "<p>Pier</p>")
    assert calls.update(sign_off.id, content="Fair winds, Ann").content == "Fair winds, Ann"
    assert calls.update(block.id, archived=True).archived
    assert [each.id for each in calls.list(archived=True)] == [block.id]
    assert calls.get(sign_off.id).content == "Fair winds, Ann"


@passes("GET /purchases", "POST /purchases", "GET /purchases/{id}")
def purchases(place: Place) -> None:
    with pytest.raises(Unauthorized):
        list(place.kit.purchases.list())
    table = Product(name="Tide table", pid="9", lid="1", quantity=2, unit_price=Decimal("3.95"))
    bought = place.token_kit.purchases.create(
        email_address="new@example.org",
        transaction_id="T-31",
        currency="eur",
        total=Decimal("7.90"),
        transaction_time=datetime(2027, 3, 1, 12, tzinfo=UTC),
        products=[table],
    )
    assert (bought.total, bought.currency) == (Decimal("7.9"), "EUR")
    assert bought.products[0].unit_price == Decimal("3.95")
    assert place.token_kit.purchases.get(bought.id) == bought
    assert [each.id for each in place.token_kit.purchases.list()] == [bought.id]
    assert place.kit.subscribers.get(bought.subscriber_id or 0).email_address == "new@example.org"


@passes(
    "POST /bulk/subscribers",
    "POST /bulk/tags",
    "DELETE /bulk/tags",
    "POST /bulk/tags/subscribers",
    "DELETE /bulk/tags/subscribers",
    "POST /bulk/forms/subscribers",
    "POST /bulk/custom_fields",
    "POST /bulk/custom_fields/subscribers",
)
def bulk(place: Place) -> None:
    calls, ada = place.token_kit.bulk, place.ada.id
    with pytest.raises(Unauthorized):
        place.kit.bulk.create_tags(["Tides"])
    people = calls.create_subscribers([{"email_address": "b@example.org"}, {"email_address": "no"}])
    assert [each.email_address for each in people.items] == ["b@example.org"]
    assert [each.errors for each in people.failures] == [("Email address is invalid",)]
    (tag,) = calls.create_tags(["Tides"]).items
    tagged = calls.tag_subscribers(
        [{"tag_id": tag.id, "subscriber_id": ada}, {"tag_id": tag.id, "subscriber_id": 12345}]
    )
    assert [each.id for each in tagged.items] == [ada]
    assert tagged.failures[0].item["tagging"]["subscriber_id"] is None
    assert calls.untag_subscribers([{"tag_id": tag.id, "subscriber_id": ada}]).failures == ()
    form = next(iter(place.kit.forms.list()))
    added = calls.add_to_forms([{"form_id": form.id, "subscriber_id": ada}])
    assert [each.id for each in added.items] == [ada]
    (town,) = calls.create_custom_fields(["Town"]).items
    values = calls.set_custom_fields(
        [{"subscriber_id": ada, "subscriber_custom_field_id": town.id, "value": "Porto"}]
    )
    assert [each.value for each in values.items] == ["Porto"]
    assert place.kit.subscribers.get(ada).fields == {"town": "Porto"}
    assert calls.delete_tags([tag.id]).failures == ()
    assert calls.create_tags([f"Pier {number}" for number in range(101)]).accepted


@passes("GET /webhooks", "POST /webhooks", "DELETE /webhooks/{id}")
def legacy_webhooks(place: Place) -> None:
    tag = place.kit.tags.create("Tides")
    hook = place.kit.webhooks.create(
        target_url="https://example.org/", event="subscriber.tag_add", tag_id=tag.id
    )
    assert [each.event for each in place.kit.webhooks.list()] == ["tag_add"]
    place.kit.webhooks.delete(hook.id)


@passes(
    "GET /webhook_endpoints",
    "POST /webhook_endpoints",
    "GET /webhook_endpoints/{id}",
    "PATCH /webhook_endpoints/{id}",
    "DELETE /webhook_endpoints/{id}",
    "POST /webhook_endpoints/{id}/rotate_secret",
    "POST /webhook_endpoints/{id}/revoke_previous_secret",
    "GET /webhook_endpoints/{id}/deliveries",
    "GET /webhook_endpoints/{id}/deliveries/{delivery_id}",
)
def webhook_endpoints(place: Place) -> None:
    calls = place.kit.webhook_endpoints
    made = calls.create(url="https://example.org/", events=["subscriber.created"])
    assert calls.update(made.id, name="Door").name == "Door"
    assert calls.rotate_secret(made.id).previous_secret_expires_at is not None
    assert calls.revoke_previous_secret(made.id).previous_secret_expires_at is None
    assert [each.id for each in calls.list()] == [calls.get(made.id).id]
    place.kit.subscribers.create(email_address="new@example.org")
    for told in calls.deliveries(made.id):
        assert calls.delivery(made.id, told.id, include_payload=True).event_type == told.event_type
    with pytest.raises(NotFound):
        calls.delivery(made.id, 12345)
    calls.delete(made.id)


def allowed_by_the_owner(asked_url: str, url: str) -> str:
    """Presses the button on the server's page as a browser would; gives where it is sent."""
    parser = importlib.import_module("lxml.html")
    with httpx.Client() as browser:
        shown = browser.get(asked_url)
        assert shown.status_code == 200, shown.text
        form = parser.fromstring(shown.text).forms[0]
        values = {**dict(form.fields), "decision": "allow"}
        answer = browser.post(f"{url}/oauth/authorize", data=values)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@passes("POST /oauth/token")
def oauth(place: Place) -> None:
    """The whole way: asked, allowed, exchanged, renewed, and the second use of each refused."""
    apps = importlib.import_module("newsletter.server.store.oauth")
    with place.store.writing() as db:
        client_id, secret = apps.add_app(
            db, name="Tides", redirect_uris=[BACK], is_public=False, now=NOW
        )
    with OAuth(
        client_id=client_id, client_secret=secret, redirect_uri=BACK, base_url=place.url
    ) as app:
        asked = app.authorization()
        code = app.code(allowed_by_the_owner(asked.url, place.url), asked)
        token = app.exchange(code, code_verifier=asked.code_verifier)
        saved: list[Any] = []
        grant: Grant = app.grant(token, save=saved.append)
        grant.refresh()
        with Kit(grant=grant, base_url=place.url) as kit:
            assert kit.account.get().name == "Harbour Notes"
        with pytest.raises(InvalidGrant):
            app.refresh(token.refresh_token or "")
        with pytest.raises(InvalidGrant):
            app.exchange(code, code_verifier=asked.code_verifier)


READY = {name: journey for name, (journey, needs) in JOURNEYS.items() if needs <= SERVED}


@pytest.mark.parametrize("journey", READY.values(), ids=READY)
def test_the_client_and_our_server_understand_each_other(place: Place, journey: Journey) -> None:
    journey(place)


def test_no_operation_of_the_server_is_left_out() -> None:
    passed = set[str]().union(*(JOURNEYS[name][1] for name in READY))

    assert passed == SERVED - ALIASES
