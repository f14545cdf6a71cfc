"""What the buttons do, looked for where it must be: in files, ledger, server and outbox."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from newsletter.broadcast.model import State
from newsletter.commands.run import run
from newsletter.errors import WrongUsage
from newsletter.ledger import issues
from newsletter.preview import acts
from newsletter.preview.reach import Reaches
from tests.preview.conftest import DRAFT, Site, Stage
from tests.world import LETTER, Net

TUESDAY = "2026-11-24 09:00"
Words = Callable[[str], str]


def passes(stage: Stage, **later: float) -> None:
    """A run of the program, after some time."""
    stage.world.clock.goes_on(**later)
    with stage.world.desk() as desk:
        run(desk)
    stage.studio.looked_at_ledger()


def text(stage: Stage, name: str = "pot") -> str:
    return (stage.root / "issues" / f"{name}.md").read_text(encoding="utf-8")


def schedule(site: Site, at: str = TUESDAY, people: str = "3") -> str:
    return site.press("/issues/pot/schedule", at=at, people=people).text


# --- a test ------------------------------------------------------------------------------------


def test_a_test_goes_to_the_mailbox_and_says_so(site: Site, words: Words) -> None:
    answer = site.press("/issues/pot/test", **{"as": "none"})
    assert site.stage.world.mail() == ["letters@example.org"]
    assert "One copy for letters@example.org is in the mailbox of this computer." in words(
        answer.text
    )
    assert '<a href="/outbox">Open the mailbox</a>' in answer.text
    assert answer.url.path == "/issues/pot"


def test_a_notice_is_told_once(site: Site) -> None:
    answer = site.press("/issues/pot/test")
    assert 'id="notice"' in answer.text
    assert 'id="notice"' not in site.get(str(answer.url)).text


def test_forgotten_notices_do_not_pile_up(site: Site) -> None:
    for _ in range(60):
        site.client.post("/issues/pot/refresh", data={"token": site.token})
    assert site.press("/issues/pot/refresh").status_code == 200


def test_a_test_of_a_broken_letter_is_refused_with_the_reason(site: Site, words: Words) -> None:
    site.stage.letter(text=DRAFT.replace("status: draft", "status: drift"))
    answer = site.press("/issues/pot/test")
    assert 'class="notice bad"' in answer.text
    assert "issues/pot.md:4" in answer.text
    assert site.stage.world.mail() == []


def test_a_test_of_a_letter_that_is_gone_is_told(site: Site, words: Words) -> None:
    answer = site.press("/issues/kettle/test")
    assert answer.status_code == 404
    assert "There is no letter at this address" in words(answer.text)
    with pytest.raises(WrongUsage, match="kettle"):
        acts.send_test(site.stage.workshop, "kettle", "dana")


# --- scheduling ----------------------------------------------------------------------------------


def test_the_form_proposes_the_next_slot_and_says_what_would_happen(
    site: Site, words: Words
) -> None:
    text_ = words(site.get("/issues/pot/schedule").text)
    assert (
        "On Tuesday 24 November 2026, 09:00 EST (14:00 UTC) this goes to 3 active subscribers."
        in text_
    )
    assert "3 active subscribers" in text_
    assert "America/New_York" in text_
    assert "in 23 h" in text_
    assert "0 errors, 1 warning " in text_
    assert 'name="at" value="2026-11-24 09:00"' in site.get("/issues/pot/schedule").text
    # The day is agreed to, not the word for it, which means another one after midnight.
    proposed = site.get("/issues/pot/schedule?at=tomorrow+10:00").text
    assert '<input type="hidden" name="at" value="2026-11-24 10:00">' in proposed
    assert text(site.stage) == DRAFT


@pytest.mark.parametrize(
    "when", ["yesterday", "2020-01-01 09:00", "the day of the pot", "<script>"]
)
def test_a_time_that_is_none_is_told_in_the_form(site: Site, when: str) -> None:
    page = site.client.get("/issues/pot/schedule", params={"at": when})
    assert page.status_code == 200
    assert 'id="wrong"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert 'id="do-schedule"' not in page.text
    assert "<script>" not in page.text.replace("<script src", "")


def test_scheduling_writes_the_file_and_the_ledger_and_the_page_says_so(
    site: Site, words: Words
) -> None:
    page = words(schedule(site))
    assert "Scheduled: Tuesday 24 November 2026, 09:00 EST" in page
    assert "to 3 active subscribers" in page
    assert "status: scheduled" in text(site.stage)
    assert "send_at: 2026-11-24 09:00" in text(site.stage)
    assert site.stage.workshop.records()["pot"].state is State.HANDED_OVER
    assert len(site.stage.world.broadcasts()) == 1
    assert "Take back" in page
    assert "Scheduled 1" in page


def test_scheduling_twice_has_the_effect_of_once(site: Site, words: Words) -> None:
    schedule(site)
    before = text(site.stage), site.stage.world.broadcasts()
    assert "Already scheduled" in words(schedule(site))
    assert (text(site.stage), site.stage.world.broadcasts()) == before


@pytest.mark.parametrize("seen", ["2", "", "None", "3 "])
def test_another_number_of_readers_than_the_person_saw_is_not_agreed(
    site: Site, words: Words, seen: str
) -> None:
    page = words(schedule(site, people=seen))
    assert "By now it would go to 3 active subscribers; nothing was changed." in page
    assert text(site.stage) == DRAFT
    assert site.stage.world.broadcasts() == []


def test_a_letter_with_errors_is_not_scheduled(site: Site, words: Words) -> None:
    site.stage.letter(text=DRAFT.replace("on the stove", "TODO on the stove"))
    page = words(schedule(site))
    assert "The list of checks names what stands against it." in page
    assert "status: draft" in text(site.stage)
    assert site.stage.world.broadcasts() == []


def test_taking_back_makes_a_draft_of_it_here_and_at_the_target(site: Site, words: Words) -> None:
    schedule(site)
    page = words(site.press("/issues/pot/unschedule").text)
    assert "Back to a draft, in its file and at the target. It will not go out." in page
    assert "status: draft" in text(site.stage)
    assert [status for status, _ in site.stage.world.broadcasts()] in ([], ["draft"])
    passes(site.stage, hours=24)
    assert site.stage.world.mail() == []


def test_taking_back_what_was_not_scheduled_changes_nothing(site: Site, words: Words) -> None:
    page = words(site.press("/issues/pot/unschedule").text)
    assert "It was not scheduled; nothing was changed." in page
    assert text(site.stage) == DRAFT


# --- new letters ---------------------------------------------------------------------------------


def test_a_new_letter_is_written_and_opened(site: Site, words: Words) -> None:
    answer = site.press("/preview/new", title="A kettle sings")
    assert answer.url.path == "/issues/a-kettle-sings"
    (name,) = set(site.stage.issues()) - {"pot.md"}
    assert name.endswith("a-kettle-sings.md")
    assert f"Wrote issues/{name}. Open it in your editor." in words(answer.text)


@pytest.mark.parametrize(
    "title", ["", "   ", "!!!", "../../etc/passwd", "x" * 5000, "a\nb\x00c", "Ü ber"]
)
def test_no_title_can_write_anywhere_else(site: Site, title: str) -> None:
    answer = site.press("/preview/new", title=title)
    assert answer.status_code == 200
    written = set(site.stage.issues()) - {"pot.md"}
    assert len(written) <= 1
    assert not any("/" in name or "\\" in name for name in written)
    others = {p.name for p in site.stage.root.iterdir()} - {"issues", ".newsletter"}
    assert not any("passwd" in name for name in others)
    if not written:
        assert 'id="wrong"' in answer.text


def test_a_name_that_is_taken_is_told_in_the_form(site: Site) -> None:
    site.press("/preview/new", title="Kettle")
    before = site.stage.issues()
    answer = site.press("/preview/new", title="Kettle")
    assert 'id="wrong" ' in answer.text or 'id="wrong"' in answer.text
    assert 'value="Kettle"' in answer.text
    assert site.stage.issues() == before


def test_a_letter_can_begin_with_the_words_of_another(site: Site) -> None:
    assert "<code>pot</code>" in site.get("/preview/new?from=pot").text
    site.press("/preview/new", title="The red pot", **{"from": "pot"})
    (name,) = set(site.stage.issues()) - {"pot.md"}
    copied = site.stage.issues()[name].decode()
    assert "on the stove again" in copied
    assert "status: draft" in copied
    assert "subject: The red pot" in copied
    assert 'id="wrong"' in site.press("/preview/new", title="x", **{"from": "nowhere"}).text


def test_the_sample_is_there_at_a_press(site: Site) -> None:
    (site.stage.root / "issues/pot.md").unlink()
    answer = site.press("/preview/sample")
    assert answer.url.path.startswith("/issues/")
    assert len(site.stage.issues()) == 1
    again = site.press("/preview/sample")
    assert again.status_code == 200
    assert len(site.stage.issues()) in (1, 2)


# --- who it goes to ------------------------------------------------------------------------------


def test_nobody_is_asked_before_a_person_wants_it(site: Site, words: Words) -> None:
    site.get("/issues/pot")
    assert site.stage.net.requests == []
    page = words(site.press("/issues/pot/refresh").text)
    assert "everyone: 3" in page
    assert "The readers were read anew." in page
    assert site.stage.net.requests != []


def test_the_answer_bears_its_age(site: Site, words: Words) -> None:
    site.press("/issues/pot/refresh")
    site.stage.world.clock.goes_on(minutes=2)
    assert "as of 2 minutes ago" in words(site.get("/issues/pot").text)


def test_an_unreachable_target_is_said_and_everything_else_goes_on(
    site: Site, words: Words
) -> None:
    site.stage.net = Net(fate=lambda _request, _number: "never")
    answer = site.press("/issues/pot/refresh")
    page = words(answer.text)
    assert "The server, not reachable since 10:00:" in page
    assert "everyone: –" in page
    assert 'class="notice bad"' in answer.text
    assert "on the stove again" in site.get("/issues/pot/frame").text
    assert 'id="wrong"' in site.get("/issues/pot/schedule").text


def test_what_was_known_stays_while_the_target_is_away_and_it_is_well_again_after(
    stage: Stage,
) -> None:
    reaches = Reaches(stage.workshop)
    issue = stage.workshop.show("pot").good.issue  # type: ignore[union-attr]
    assert reaches.ask(issue).count == 3
    stage.net = Net(fate=lambda _request, _number: "never")
    stage.world.clock.goes_on(minutes=5)
    away = reaches.ask(issue)
    assert (away.count, bool(away.trouble)) == (3, True)
    assert away.trouble_at == stage.world.clock.now
    stage.net = Net()
    back = reaches.ask(issue)
    assert (back.trouble, back.count) == ("", 3)


def test_the_first_failure_is_the_time_since_when(stage: Stage) -> None:
    reaches = Reaches(stage.workshop)
    stage.net = Net(fate=lambda _request, _number: "never")
    first = reaches.ask(None).trouble_at
    stage.world.clock.goes_on(minutes=5)
    assert reaches.ask(None).trouble_at == first


# --- on its way ----------------------------------------------------------------------------------


def test_a_scheduled_letter_says_when_it_goes_out(site: Site, words: Words) -> None:
    site.stage.letter(text=LETTER.replace("2026-11-24", "2026-12-24"))
    page = words(site.get("/issues/pot").text)
    assert "Goes out Thursday 24 December 2026, 09:00 EST" in page
    assert "hands it over after Wed 23 Dec 09:00" in page
    assert "Take back" in page


def test_a_letter_with_the_server_says_since_when(site: Site, words: Words) -> None:
    site.stage.letter(text=LETTER)
    passes(site.stage)
    answer = site.get("/issues/pot")
    assert "With the local server since Mon 23 Nov 10:00" in words(answer.text)
    assert "Edits are passed on until it begins to send." in words(answer.text)
    assert 'class="bar out"' in answer.text


def test_a_sent_letter_has_its_results_and_can_be_begun_anew(site: Site, words: Words) -> None:
    site.stage.letter(text=LETTER)
    passes(site.stage)
    passes(site.stage, hours=24)
    assert len(site.stage.world.mail()) == 3
    answer = site.press("/issues/pot/refresh")
    page = words(answer.text)
    assert "Sent Tue 24 Nov 09:00" in page
    assert "edits here reach nobody" in page
    assert "3 delivered · 0 left" in page
    assert "clicks not counted as of now" in page or "% clicked as of now" in page
    assert 'href="/preview/new?from=pot"' in answer.text
    assert "Sent 1" in page
    assert 'id="take-back"' not in answer.text


def test_a_sent_letter_is_never_scheduled_again(site: Site, words: Words) -> None:
    site.stage.letter(text=LETTER)
    passes(site.stage)
    passes(site.stage, hours=24)
    page = schedule(site, at="2026-12-24 09:00")
    assert 'class="notice bad"' in page
    passes(site.stage, days=31)
    assert len(site.stage.world.mail()) == 3


def test_a_held_letter_names_the_reason_and_the_commands(site: Site, words: Words) -> None:
    site.stage.letter(text=LETTER)
    passes(site.stage, days=3)
    assert site.stage.workshop.records()["pot"].state is State.HELD
    answer = site.get("/issues/pot")
    page = words(answer.text)
    assert "Held: " in page
    assert "Nothing was sent." in page
    assert "newsletter send pot" in page
    assert 'newsletter schedule pot --at "tue 9am"' in answer.text.replace("&#34;", '"')
    assert 'class="bar held"' in answer.text
    assert "Held 1" in page


def test_a_run_in_a_terminal_is_seen_by_the_page(stage: Stage) -> None:
    stage.letter(text=LETTER)
    before = stage.workshop.version
    passes(stage)
    assert stage.workshop.version == before + 1
    assert issues.get(stage.ledger, "pot", "local") is not None
    assert stage.workshop.show("pot").record is not None  # type: ignore[union-attr]
    assert timedelta(0) == stage.world.clock.now - stage.world.clock()
