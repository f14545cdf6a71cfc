"""A file becomes an `Issue`, or one clear error with its line and its cure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from newsletter.errors import InvalidIssue
from newsletter.issue.body import Body, read_markdown, read_plain
from newsletter.issue.characters import split_lines
from newsletter.issue.fields import (
    audience_of,
    date_of,
    sender_of,
    template_of,
    theme_of,
    topics_of,
)
from newsletter.issue.frontmatter import Settings, find_block, read_settings
from newsletter.issue.html import kind_of_html, read_html
from newsletter.issue.keys import ALIASES
from newsletter.issue.model import Issue, Kind, Remark, Status
from newsletter.issue.name import is_issue_file, slug_and_date, slugify
from newsletter.issue.remarks import key_remarks
from newsletter.issue.shortcodes import BUILTIN
from newsletter.issue.values import CURLY, Values
from newsletter.issue.zone import NotATime, SkippedHour, UnknownZone, resolve_local, zone_named

__all__ = ["is_issue_file", "parse_issue"]


def parse_issue(
    source: str,
    *,
    path: str,
    timezone: str,
    sidecar: str | None = None,
    sidecar_path: str | None = None,
    shortcodes: frozenset[str] = BUILTIN,
) -> Issue:
    """The issue in `source`, the text of the file at `path` (relative to the project).

    `timezone` is the project's zone, for times without an offset. `sidecar` is the
    text of the `.yaml` beside a `.txt` or `.html`; what it sets wins over front matter.
    `shortcodes` are the names that mean something in brackets. Raises InvalidIssue.
    """
    suffix = PurePath(path).suffix.lower()
    plain_text = suffix == ".txt"
    lines = split_lines(source)
    values, sources, first = _settings(lines, path, plain_text, sidecar, sidecar_path)
    read = _READERS.get(suffix, read_markdown)
    body = read(lines[first:], first_line=first + 1, shortcodes=shortcodes)
    kind = _KINDS.get(suffix, Kind.MARKDOWN)
    if kind is Kind.HTML:
        kind = kind_of_html(body.text)
    if not body.text.strip():
        raise InvalidIssue(
            "there is no letter in this file",
            file=path,
            line=min(first + 1, len(lines)),
            rule="body-empty",
            hint="write something below the settings",
        )
    remarks = [remark for settings in sources for remark in key_remarks(settings, path)]
    slug, day = _name(values, path)
    beside = sidecar_path or str(PurePath(path).with_suffix(".yaml"))
    has_no_settings = plain_text or (suffix == ".html" and first == 0)
    cure = (
        f'newsletter schedule {slug} --subject "…", or `subject:` in {beside} beside it'
        if has_no_settings
        else "write `subject: …` at the top of the file"
    )
    subject, guessed = _subject(values, body, remarks, cure)
    zone = _zone(values, timezone)
    send_at = _send_at(values, zone, remarks)
    return Issue(
        path=path,
        slug=slug,
        kind=kind,
        subject=subject,
        subject_guessed=guessed,
        preview_text=values.text("preview_text")
        or (body.preview_text if guessed else body.opening),
        body=body.text,
        body_lines=body.lines,
        title=values.text("title") or subject,
        status=_status(values),
        send_at=send_at,
        timezone=zone,
        audience=audience_of(values),
        sender=sender_of(values),
        template=template_of(values),
        public=values.boolean("public") or False,
        language=values.text("language"),
        date=date_of(values) or day,
        thumbnail=values.text("thumbnail"),
        thumbnail_alt=values.text("thumbnail_alt"),
        number=values.whole_number("number"),
        topics=topics_of(values),
        theme=theme_of(values),
        vars=values.mapping("vars"),
        ignore=frozenset(values.words("ignore")),
        note=values.text("note"),
        url=_address(values),
        typography=values.boolean("typography"),
        key_lines={key: line for key in ALIASES if (line := values.line(key)) is not None},
        key_paths={key: file for key in ALIASES if (file := values.file(key)) not in (None, path)},
        changes=body.changes,
        remarks=tuple(remarks),
    )


_READERS = {".txt": read_plain, ".html": read_html}
_KINDS = {".txt": Kind.PLAIN, ".html": Kind.HTML}


def _settings(
    lines: Sequence[str], path: str, plain_text: bool, sidecar: str | None, sidecar_path: str | None
) -> tuple[Values, tuple[Settings, ...], int]:
    """All settings, each file's apart, and the 0-based line on which the letter begins."""
    block = find_block(lines, file=path, plain_text=plain_text)
    own = Settings(file=path)
    if block is not None:
        own = read_settings(lines[block.first : block.last], file=path, offset=block.first)
    sources = [own]
    if sidecar is not None:
        file = sidecar_path or str(PurePath(path).with_suffix(".yaml"))
        inside = [
            ("" if re.fullmatch(r"---\s*|\.\.\.\s*", line) else line)
            for line in split_lines(sidecar)
        ]
        sources.insert(0, read_settings(inside, file=file, offset=0))
    return Values(tuple(sources)), tuple(sources), 0 if block is None else block.body


def _subject(values: Values, body: Body, remarks: list[Remark], cure: str) -> tuple[str, bool]:
    given = values.text("subject") or values.text("title")
    if given:
        return given, False
    remarks.append(
        Remark(
            rule="subject-guessed",
            message=f"no subject is given; “{body.subject}” is a guess",
            cure=cure,
            line=values.line("subject") or (body.lines[0] if body.lines else None),
        )
    )
    return body.subject, True


def _zone(values: Values, project: str) -> str:
    zone = values.text("timezone")
    if zone is None:
        return project
    try:
        zone_named(zone)
    except UnknownZone as error:
        near = " or ".join(error.suggestions) or "Europe/Berlin"
        raise values.error("timezone", error.reason, hint=f"write timezone: {near}") from None
    return zone


def _send_at(values: Values, zone: str, remarks: list[Remark]) -> datetime | None:
    text = values.text("send_at")
    if text is None:
        return None
    try:
        resolved = resolve_local(text, zone)
    except UnknownZone as error:
        raise values.error(
            "send_at", f"{error.reason}: the project has it", hint="set timezone in newsletter.toml"
        ) from None
    except NotATime as error:
        rule = "send-at-not-a-time" if isinstance(error, SkippedHour) else "send-at-invalid"
        good = " or ".join(error.suggestions) or "2026-11-24 09:00"
        raise values.error(
            "send_at", error.reason, hint=f"write send_at: {good}", rule=rule
        ) from None
    if resolved.ambiguous:
        remarks.append(
            Remark(
                rule="send-at-ambiguous",
                message=f"{text} happens twice in {zone} that night; the first is meant",
                cure="for the second, write the offset behind it",
                line=values.line("send_at"),
            )
        )
    return resolved.instant


def _status(values: Values) -> Status:
    word = (values.text("status") or "").lower()
    drafted = values.boolean("draft")
    if word not in ("", *Status):
        bare = word.strip(CURLY)
        hint = (
            f"take the curly quotes away: status: {bare}"
            if bare in tuple(Status)
            else "write status: draft, or status: scheduled with a send_at; what was sent is not kept in the file"
        )
        raise values.error("status", f"a status “{word}” is not known", hint=hint)
    if word != Status.SCHEDULED:
        return Status.DRAFT
    if drafted:
        raise values.error(
            "draft",
            "draft says true and status says scheduled",
            hint="take one of the two lines out",
        )
    if values.text("send_at") is None:
        raise values.error(
            "status",
            "the issue is scheduled and has no time",
            hint="add send_at: 2026-11-24 09:00 (or write status: draft)",
            rule="send-at-invalid",
        )
    return Status.SCHEDULED


def _address(values: Values) -> str | None:
    """Where the letter stands on the web: a `permalink` that is a whole address."""
    found = values.find("slug")
    text = values.text("slug") if found and found[1] == "permalink" else None
    return text if text and re.match(r"https?://[^/\s]", text) else None


def _name(values: Values, path: str) -> tuple[str, str | None]:
    from_file, day = slug_and_date(path)
    found = values.find("slug")
    text = values.text("slug")
    if found and text and found[1] == "permalink":
        text = PurePath(text.rstrip("/").rpartition("/")[2]).stem
    slug = slugify(text) if text else from_file
    if slug:
        return slug, day
    raise InvalidIssue(
        "the slug has no letter and no digit", file=path, line=values.line("slug"), key="slug",
        hint="write slug: a-short-name",
    )  # fmt: skip
