"""The templates of the built-in look, to copy from."""

from __future__ import annotations

import difflib

from newsletter.errors import WrongUsage
from newsletter.render.templates import builtin_templates


def builtin_template(name: str) -> tuple[str, str]:
    """A template's path in the look, and its source.

    `name` is a path (`partials/footer.html.j2`) or the piece of one that people say
    (`footer`). Raises WrongUsage for another, naming those that there are.
    """
    folder = builtin_templates()
    paths = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.j2"))
    wanted = name.strip().removeprefix("builtin/").removeprefix("templates/")
    called = {path: _names(path) for path in paths}
    found = next((path for path in paths if wanted in called[path]), None)
    if found is None:
        bare = [called[path][-1] for path in paths]
        # Two of one bare name are told apart by their folders.
        short = [called[p][-1] if bare.count(called[p][-1]) == 1 else called[p][-2] for p in paths]
        near = difflib.get_close_matches(wanted, [n for names in called.values() for n in names], 1)
        meant = f"did you mean {near[0]}?\n" if near else ""
        raise WrongUsage(
            f"The built-in look has no template {name!r}.",
            hint=f"{meant}There are: {', '.join(short)}",
            code="no-such-template",
        )
    return found, (folder / found).read_text(encoding="utf-8")


def _names(path: str) -> tuple[str, ...]:
    """What a template is called: its path, that without suffixes, and its bare name."""
    bare = path.removesuffix(".j2").removesuffix(".html").removesuffix(".css")
    return path, path.removesuffix(".j2"), bare, bare.rpartition("/")[2]
