"""The rules in one table: `check --rules` prints it and the manual is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from newsletter.check import (
    colours,
    envelope,
    links,
    personal,
    pictures,
    readers,
    structure,
    words,
)
from newsletter.check.letter import Context, Hit, Letter, Sent
from newsletter.check.model import Severity
from newsletter.check.support import css_unsupported

__all__ = ["RULES", "Context", "Rule", "Sent"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `find` is None where reading or rendering tells it, not a check.

    `reason` is one sentence for people. A rule that is not `ignorable` cannot be
    silenced: what it finds cannot be sent, or must not be.
    """

    id: str
    severity: Severity
    reason: str
    find: Callable[[Letter], Iterable[Hit]] | None = None
    ignorable: bool = True


_E, _W = Severity.ERROR, Severity.WARNING


def _firm(rule: str, reason: str, find: Callable[[Letter], Iterable[Hit]] | None = None) -> Rule:
    return Rule(id=rule, severity=_E, reason=reason, find=find, ignorable=False)


def _error(rule: str, reason: str, find: Callable[[Letter], Iterable[Hit]]) -> Rule:
    return Rule(id=rule, severity=_E, reason=reason, find=find)


def _warning(rule: str, reason: str, find: Callable[[Letter], Iterable[Hit]] | None = None) -> Rule:
    return Rule(id=rule, severity=_W, reason=reason, find=find)


# fmt: off
RULES: tuple[Rule, ...] = (
    _firm("front-matter-invalid", "A setting that cannot be read would be guessed at, and guessed wrong."),
    _firm("body-empty", "There is no letter to send."),
    _firm("slug-taken", "Two files under one name could not be told apart once they are sent."),
    _firm("kit-template-missing", "Only a “Starting point” template of the Kit account lets a whole email through."),
    _firm("audience-unknown", "A tag or segment that the target does not have would reach nobody."),
    _firm("audience-unsupported", "Kit takes one group of tags and segments; more would be dropped."),
    _firm("audience-empty", "Nobody would get the letter."),
    _firm("send-at-not-a-time", "When the clock goes forward an hour is skipped: that time never comes."),
    _firm("send-at-invalid", "A time that has passed cannot be kept.", envelope.send_at_invalid),
    _firm("template-error", "Without the template there is no email."),
    _firm("shortcode-error", "A shortcode that fails would arrive as bare brackets."),
    _firm("liquid-error", "Kit would print nothing, or the words between the braces.", personal.liquid_error),
    _firm("unsubscribe-missing", "The law and Kit want a way out in every mail, in HTML and text.", personal.unsubscribe_missing),
    _firm("address-missing", "The law wants the sender's postal address in every newsletter.", personal.address_missing),
    _firm("image-missing", "A picture that is not there, or cannot be shown, is a hole in the letter.", pictures.image_missing),
    _firm("image-not-public", "Mail programs load pictures from the web; no reader reaches a file on this computer.", pictures.image_not_public),
    _firm("already-sent", "Nobody wants the same letter twice.", envelope.already_sent),
    _firm("subject-missing", "A letter without a subject looks like a mistake, and is one.", envelope.subject_missing),
    _error("placeholder-left", "At nine o'clock nobody is there to notice what was left for later.", words.placeholder_left),
    _warning("subject-guessed", "The first words of a pasted text are seldom its best subject."),
    _warning("subject-length", "Under 10 characters say too little, over 78 are cut.", envelope.subject_length),
    _warning("subject-same-as-last", "Two letters under one subject become one thread, and look like a copy.", envelope.subject_same_as_last),
    _warning("subject-emoji-only", "A subject without a word says nothing to those who hear it.", envelope.subject_emoji_only),
    _warning("preview-text-missing", "Without it, inboxes show whatever stands first.", envelope.preview_text_missing),
    _warning("preview-text-short", "Inboxes fill the rest with the letter's first lines.", envelope.preview_text_short),
    _warning("preview-text-same-as-subject", "The same words twice say nothing new.", envelope.preview_text_same_as_subject),
    _warning("send-at-ambiguous", "When the clock goes back an hour happens twice; the first is meant."),
    _warning("sent-recently", "Two letters within a day look like an accident.", envelope.sent_recently),
    _warning("audience-jump", "Half or double the readers of the last issue is mostly a wrong filter."),
    _warning("tags-look-like-audience", "`topics` sort the archive; only `audience` chooses readers.", readers.tags_look_like_audience),
    _warning("unknown-key", "A setting with a spelling mistake is silently not set."),
    _warning("ignore-without-effect", "A rule that is misspelt, or cannot be ignored, is told all the same."),
    _warning("front-matter-comment", "YAML takes what follows a blank and # for a comment, and drops it."),
    _warning("front-matter-curly-quotes", "Curly quotes around a setting become part of it."),
    _warning("name-without-fallback", "Readers without a name would be greeted with a gap.", personal.name_without_fallback),
    _warning("liquid-curly-quotes", "Liquid reads only straight quotes; curly ones are made straight on the way out.", personal.liquid_curly_quotes),
    _warning("web-leftover", "An email has no comments, sidebar or buttons to share.", words.web_leftover),
    _warning("form-in-email", "Mail programs take forms out, or warn readers of them.", structure.form_in_email),
    _warning("attachment-mentioned", "A newsletter carries no attachments.", words.attachment_mentioned),
    _warning("very-short", "Under 50 words a letter looks empty or unfinished.", words.very_short),
    _warning("very-long", "Over 5,000 words few readers come to the end.", words.very_long),
    _warning("size-clip", "Gmail cuts off what is longer than 102 kB; from 100 kB this is an error.", structure.size_clip),
    _warning("link-http", "Browsers warn readers of pages that are not encrypted.", links.link_http),
    _warning("link-relative", "A mail has no page that a link could start from.", links.link_relative),
    _warning("link-shortener", "Short links hide where they lead; filters take them for spam.", links.link_shortener),
    _warning("link-text-generic", "Who hears a letter jumps from link to link: “here” says nothing.", links.link_text_generic),
    _warning("link-broken", "A page that is gone; looked for with `check --links` only."),
    _warning("css-unsupported", "What a mail program does not know, its readers do not see.", css_unsupported),
    _warning("contrast", "Pale words cannot be read in the sun, nor by everyone indoors.", colours.contrast_low),
    _warning("dark-black-text", "Black words on the dark paper of a reader's night cannot be read.", colours.dark_black_text),
    _warning("heading-order", "Screen readers find their way by the levels of headings.", structure.heading_order),
    _warning("lang-missing", "Screen readers choose their voice by the language.", structure.lang_missing),
    _warning("image-alt", "Some readers cannot see pictures, and some mail programs load them only when asked.", pictures.image_alt),
    _warning("image-alt-generic", "The words for a picture are read out; a file name tells nothing.", pictures.image_alt_generic),
    _warning("image-large", "From 1 MB or 1,200 pixels a picture keeps readers on the move waiting.", pictures.image_large),
    _warning("data-uri", "Gmail and Outlook show no picture that is written into the letter.", pictures.data_uri),
)
# fmt: on


def how_to_ignore() -> tuple[str, ...]:
    """The ways to silence a rule, in sentences for people."""
    return (
        "Silence a rule for a letter with `ignore: [very-short]` in its front matter (for a .txt in the",
        ".yaml beside it), for the next line of a letter with `<!-- ignore: link-http -->`, and for the",
        'whole project with `[check] ignore = ["link-http"]` in newsletter.toml. Those marked “firm” cannot be silenced.',
    )
