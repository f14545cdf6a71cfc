"""A broadcast as a page of the web: for nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from newsletter import liquid
from newsletter.server.delivery.letter import BadLetter, needed_by, template_of
from newsletter.server.snippets import Stored
from newsletter.server.store.beginnings import STARTING_POINT

_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title></head>\n"
    '<body style="margin:0;padding:24px;font:16px/26px Georgia,serif;color:#1d1d1b">'
    '<div style="max-width:600px;margin:0 auto">\n{content}\n</div></body></html>\n'
)


def page(
    *,
    title: str,
    content: str,
    category: str,
    address: str,
    own_url: str,
    snippets: Mapping[str, Stored],
    now: datetime,
) -> str:
    """The HTML of a letter as everybody may read it. Raises BadLetter.

    An email template's frame, which holds the way out, is left away; where the letter itself
    has one, it leads to `own_url`: whoever reads on the web has nothing to leave.
    """
    letter = template_of("Content", content)
    try:
        shown = letter.render(
            liquid.Reader(email_address=""),
            liquid.Links(
                unsubscribe_url=own_url,
                preferences_url=own_url,
                address=address,
                snippets=needed_by([letter], snippets),
            ),
            now=now,
            escape_html=True,
        )
    except liquid.LiquidError as error:
        raise BadLetter(str(error)) from error
    if category == STARTING_POINT:
        return shown
    return _PAGE.format(title=escape(title), content=shown)
