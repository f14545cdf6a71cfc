"""What rendering takes beside the issue, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.render.pictures import Pictures, Placed


@dataclass(frozen=True, kw_only=True)
class Newsletter:
    """Who writes: what the header and the footer say."""

    name: str
    sender_name: str
    sender_address: str
    address: str
    website: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """How an email looks: where templates are found, the theme, where forms lead.

    `templates` are the project's own folders, searched before the built-in look.
    `forms` maps a form's id or name to the address of its page; `form_fallback` is
    a pattern with `{id}` for forms that are not mapped (None: that is an error).
    `typography` sets quotes and dashes, where an issue does not say otherwise.
    `cache` is a folder that keeps parsed style rules and compiled templates between
    processes, or None.
    """

    newsletter: Newsletter
    templates: tuple[Path, ...] = ()
    theme: Mapping[str, Any] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    form_fallback: str | None = None
    typography: bool = True
    cache: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Recent:
    """A letter that was sent: its subject (Liquid still in it), its address on the web where
    it has one, and the day it was sent (`YYYY-MM-DD`)."""

    slug: str
    subject: str
    url: str | None
    date: str


@dataclass(frozen=True, kw_only=True)
class World:
    """What a render is told about the world beside issue and look.

    `target` is "local" or "kit". `recent` are the letters sent before, the newest first;
    without `pictures` their addresses stay as they are written.
    """

    target: str = "local"
    recent: Sequence[Recent] = ()
    pictures: Pictures | None = None


@dataclass(frozen=True, kw_only=True)
class Email:
    """The rendered issue: the very bytes that are handed over, Liquid still in them.

    `html` is a complete document without a hidden preheader: the preview text
    travels in its own field and whoever sends puts it in (`newsletter.preheader`).
    `text` is derived from `html` by `newsletter.plaintext`. `pictures` are the files that
    `html` names, usable or not, and the thumbnail, whose address on the web is `thumbnail`.
    """

    subject: str
    preview_text: str
    html: str
    text: str
    pictures: tuple[Placed, ...] = ()
    thumbnail: str | None = None
