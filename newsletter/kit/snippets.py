"""Pieces of text for many emails, `{{ snippet.key }}` in Liquid: `/snippets`. None can be deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from newsletter.kit.pages import Pages, listing
from newsletter.kit.session import Session
from newsletter.kit.wire import UNSET, Reader, Unset, given, wire_flag

SnippetType = Literal["inline", "block"]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A snippet; `key` is made of the first name and stays. Times are UTC.

    An inline one is text in `content`; a block is HTML in `html`, out of Kit's `document`, whose
    other keys are in `document`. A list leaves both out unless it was asked for them.
    """

    id: int
    name: str
    snippet_type: str | None
    archived: bool | None
    key: str | None
    created_at: datetime | None
    updated_at: datetime | None
    content: str | None = None
    html: str | None = None
    document: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class SnippetCalls:
    """The calls on snippets.

    Example:
        >>> sign_off = kit.snippets.create(name="Sign off", content="Fair winds, Ann")
        >>> sign_off.key
        'sign-off'
        >>> kit.snippets.update(sign_off.id, content="Fair winds, Ann Lee").content
        'Fair winds, Ann Lee'
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        *,
        archived: bool | None = None,
        snippet_type: SnippetType | None = None,
        include_content: bool = False,
        per_page: int | None = None,
    ) -> Pages[Snippet]:
        """Snippets, newest first.

        Args:
            archived: `True` gives the archived ones alone; else those that are not.
            snippet_type: Only these.
            include_content: With their texts.
            per_page: 1 to 1000; 1000 if not given, or 50 where texts come along.
        """
        return listing(
            self._session,
            "/snippets",
            key="snippets",
            read=_snippet,
            query={
                "archived": wire_flag(archived),
                "snippet_type": snippet_type,
                "include_content": wire_flag(include_content or None),
                "per_page": per_page or (50 if include_content else 1000),
            },
        )

    def get(self, snippet_id: int, /) -> Snippet:
        """One snippet, with its text.

        Raises:
            NotFound: Unknown id.
        """
        return self._session.call("GET", f"/snippets/{snippet_id:d}", _answered)

    def create(self, *, name: str, content: str | None = None, html: str | None = None) -> Snippet:
        """Make an inline snippet of `content`, or a block of `html`; Liquid is allowed in both.

        Raises:
            ValueError: Both or neither were given.
            Invalid: The name is blank, or the text would contain itself.
        """
        if (content is None) == (html is None):
            raise ValueError("Give content (inline) or html (block), and only one of them.")
        body: dict[str, Any] = {
            "name": name,
            "snippet_type": "block" if content is None else "inline",
        }
        if content is None:
            body["document_attributes"] = {"value_html": html}
        else:
            body["content"] = content
        return self._session.call("POST", "/snippets", _answered, body=body)

    def update(
        self,
        snippet_id: int,
        /,
        *,
        name: str | Unset = UNSET,
        content: str | Unset = UNSET,
        html: str | Unset = UNSET,
        archived: bool | Unset = UNSET,
    ) -> Snippet:
        """Change what is given; every email that is sent from now on has it.

        The key stays, and so does the type: `content` goes with an inline one, `html` with a block.

        Raises:
            NotFound: Unknown id.
            Invalid: The name is blank, or the text would contain itself.
        """
        document = UNSET if isinstance(html, Unset) else {"value_html": html}
        values = {
            "name": name,
            "content": content,
            "document_attributes": document,
            "archived": archived,
        }
        return self._session.call("PUT", f"/snippets/{snippet_id:d}", _answered, body=given(values))


def _answered(answer: object) -> Snippet:
    return _snippet(Reader(answer, "the answer").value("snippet"))


def _snippet(data: object) -> Snippet:
    reader = Reader(data, "snippet")
    document = reader.table("document")
    return Snippet(
        id=reader.integer("id"),
        name=reader.required_text("name"),
        snippet_type=reader.text("snippet_type"),
        archived=reader.flag("archived"),
        key=reader.text("key"),
        created_at=reader.time("created_at"),
        updated_at=reader.time("updated_at"),
        content=reader.text("content"),
        html=None if document is None else Reader(document, "document").text("value_html"),
        document=document,
        extra=reader.rest(),
    )
