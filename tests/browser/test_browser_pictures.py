"""Pictures, notes and columns fit a phone: nothing is wider than the screen, in light and dark."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from docs import chromium
from docs.pictures import DESK, PHONE
from newsletter.commands.compose import compose
from newsletter.commands.letters import read_issue
from newsletter.commands.pictures import bytes_of
from newsletter.commands.project import Project
from tests.pictures import photo
from tests.world import World, begun_world, world

__all__ = ["begun_world", "world"]

pytestmark = pytest.mark.browser

LETTER = """\
---
subject: The street behind me
---
![A street](street.jpg "Behind me, and nobody hurried")

::: note
![A street](street.jpg)

[Show me the way](https://example.org/map){.button}
:::

> ![A street](street.jpg)

[![A street](street.jpg){width=300}](https://example.org)

<img src="street.jpg" alt="A street">

Text ![a](small.png) text, and a very long word: Donaudampfschifffahrtsgesellschaftskapitän

[columns]
"""
COLUMNS = """\
{% from "macros.html.j2" import two_columns, button, image, quote %}
{% set left %}<h3>Morning</h3><p>Bread, and the window open.</p>{{ button("Read on", "https://example.org") }}{% endset %}
{% set right %}<h3>Evening</h3>{% call quote() %}<p>Tea.</p>{% endcall %}{% endset %}
{{ two_columns(left, right) }}
"""


@pytest.fixture
def email(world: World) -> str:
    """The letter's HTML, its pictures written into it so that no server is needed."""
    from dataclasses import replace

    photo(world.folder / "issues" / "street.jpg")
    photo(world.folder / "issues" / "small.png", (24, 24))
    shortcode = world.folder / "templates" / "shortcodes" / "columns.html.j2"
    shortcode.parent.mkdir(parents=True)
    shortcode.write_text(COLUMNS, encoding="utf-8")
    file = world.folder / "issues" / "street.md"
    file.write_text(LETTER, encoding="utf-8")
    look = replace(world.project.look, templates=(world.folder / "templates",))
    project: Project = replace(world.project, look=look)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    composed = compose(project, read_issue(project, file), now=now, target="local")
    assert composed.email is not None, composed.findings
    return _with_pictures(composed.email.html, composed.pictures, world.folder)


def _with_pictures(html: str, pictures: Any, folder: Path) -> str:
    for one in pictures:
        file = folder / one.name
        file.write_bytes(bytes_of(one))
        html = html.replace(f'src="{one.address}"', f'src="{file.as_uri()}"')
    return html


@pytest.mark.usefixtures("browser")
def test_nothing_is_wider_than_the_screen_and_dark_moves_nothing(email: str, measure: Any) -> None:
    frames = [
        chromium.frame(page, width=width, height=600, name=f"{scheme} {width}")
        for scheme, page in (("light", email), ("dark", chromium.in_dark(email)))
        for width in (320, PHONE, DESK)
    ]

    seen = measure(frames)

    for name, one in seen.items():
        assert one.spilling == [], name
        assert one.scrolls <= one.shows, name
    assert [seen[f"light {w}"].height for w in (320, PHONE, DESK)] == [
        seen[f"dark {w}"].height for w in (320, PHONE, DESK)
    ]
    assert seen["dark 375"].brightness("ground") < 60 < 180 < seen["dark 375"].brightness("ink")
