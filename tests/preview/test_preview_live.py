"""Events for the open pages, and what a save makes of them."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

from newsletter.preview.live import Live
from newsletter.preview.workshop import Workshop
from tests.preview.conftest import DRAFT, Stage


async def taken(stream: AsyncIterator[Any], number: int) -> list[tuple[str, Any]]:
    """The next events of a stream, as name and data."""
    found: list[tuple[str, Any]] = []
    while len(found) < number:
        event = await asyncio.wait_for(anext(stream), 5)
        found.append((event.event, json.loads(event.data)))
    return found


def test_a_page_is_greeted_and_then_told() -> None:
    async def play() -> list[tuple[str, Any]]:
        live = Live()
        stream = live.listen({"version": 3})
        first = await taken(stream, 1)
        threading.Thread(target=live.publish, args=("changed", {"version": 4})).start()
        return first + await taken(stream, 1)

    assert asyncio.run(play()) == [("hello", {"version": 3}), ("changed", {"version": 4})]


def test_every_page_is_told() -> None:
    async def play() -> list[Any]:
        live = Live()
        streams = [live.listen({}) for _ in range(3)]
        for stream in streams:
            await taken(stream, 1)
        live.publish("changed", {"version": 2})
        return [await taken(stream, 1) for stream in streams]

    assert asyncio.run(play()) == [[("changed", {"version": 2})]] * 3


def test_closing_ends_every_stream_and_nobody_can_come_any_more() -> None:
    async def play() -> tuple[int, bool]:
        live = Live()
        stream = live.listen({})
        await taken(stream, 1)
        threading.Thread(target=live.close).start()
        rest = [event async for event in stream]
        return len(rest), live.is_full

    assert asyncio.run(play()) == (0, True)


def test_a_page_that_comes_while_it_closes_is_let_go() -> None:
    async def play() -> int:
        live = Live()
        live.close()
        return len([event async for event in live.listen({})])

    assert asyncio.run(asyncio.wait_for(play(), 5)) == 1


def test_there_is_a_most_and_leaving_makes_room() -> None:
    async def play() -> tuple[bool, bool]:
        live = Live()
        streams = [live.listen({}) for _ in range(64)]
        for stream in streams:
            await taken(stream, 1)
        was_full = live.is_full
        await streams[0].aclose()  # type: ignore[attr-defined]
        return was_full, live.is_full

    assert asyncio.run(play()) == (True, False)


def test_telling_a_page_whose_loop_is_gone_does_no_harm() -> None:
    live = Live()

    async def come() -> None:
        stream = live.listen({})
        await taken(stream, 1)
        keep.append(stream)

    keep: list[Any] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(come())
    loop.close()
    live.publish("changed", {})
    live.close()


class Spy(Live):
    """What the pages would be told."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[dict[str, Any]] = []

    def publish(self, name: str, data: Any) -> None:
        self.published.append({"event": name, **data})


def studio(stage: Stage) -> tuple[Any, list[dict[str, Any]], Workshop]:
    from newsletter.preview.studio import Studio

    spy = Spy()
    return Studio(stage.workshop, spy), spy.published, stage.workshop


def test_a_save_is_rendered_and_told_to_terminal_and_pages(stage: Stage) -> None:
    studio_, published, workshop = studio(stage)
    studio_.saved({stage.letter()})
    ((event, words),) = stage.told
    assert event["event"] == "rendered"
    assert (event["path"], event["slug"], event["errors"]) == ("issues/pot.md", "pot", 0)
    assert event["milliseconds"] > 0
    assert words.startswith("10:00:00  issues/pot.md  rendered in ")
    (news,) = published
    assert (news["event"], news["version"], news["at"]) == ("changed", workshop.version, "10:00:00")


def test_a_mistake_is_told_with_its_place(stage: Stage) -> None:
    studio_, published, _ = studio(stage)
    stage.workshop.show("pot")
    studio_.saved({stage.letter(text=DRAFT.replace("status: draft", "status: drift"))})
    ((event, words),) = stage.told
    assert event["event"] == "error"
    assert event["place"].startswith("issues/pot.md:4")
    assert event["message"]
    assert "(showing the last good version)" in words
    assert [news["words"] for news in published] == ["a mistake"]


def test_a_template_concerns_the_letter_that_is_looked_at(stage: Stage) -> None:
    stage.letter("kettle")
    stage.workshop.show("pot")
    studio_, _, _ = studio(stage)
    file = stage.template('{% extends "builtin/email.html.j2" %}')
    studio_.saved({file})
    ((event, _),) = stage.told
    assert (event["slug"], event["path"]) == ("pot", "templates/email.html.j2")


def test_settings_are_read_anew(stage: Stage) -> None:
    studio_, published, workshop = studio(stage)
    before = workshop.situation
    studio_.saved({stage.root / "newsletter.toml"})
    assert workshop.situation is not before
    assert len(published) == 1


def test_a_letter_that_is_taken_away_is_news(stage: Stage) -> None:
    stage.workshop.show("pot")
    studio_, published, workshop = studio(stage)
    file = stage.root / "issues/pot.md"
    file.unlink()
    studio_.saved({file})
    assert stage.told == []
    assert [news["version"] for news in published] == [workshop.version]


def test_what_happens_to_the_ledger_is_news_once(stage: Stage) -> None:
    from newsletter.commands.run import run
    from tests.world import LETTER

    studio_, published, _ = studio(stage)
    studio_.looked_at_ledger()
    assert published == []
    stage.letter(text=LETTER)
    with stage.world.desk() as desk:
        run(desk)
    studio_.looked_at_ledger()
    studio_.looked_at_ledger()
    assert len(published) == 1


def test_five_hundred_letters_saved_at_once_are_one_look(stage: Stage) -> None:
    files = {stage.letter(f"letter-{number}") for number in range(500)}
    studio_, published, _ = studio(stage)
    reads: list[int] = []
    plain = stage.workshop._shelf.reads

    def counted(*given: Any) -> Any:
        reads.append(1)
        return plain(*given)

    stage.workshop._shelf.reads = counted  # type: ignore[assignment]
    studio_.saved(files)
    assert len(published) == 1
    assert len(reads) <= 4
