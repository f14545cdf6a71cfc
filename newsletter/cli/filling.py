"""`newsletter server load` and `newsletter server openapi`."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.call import Call, passes_call


@click.command("load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Another list than the project's.",
)
@passes_call
def load(call: Call, file: Path, db: Path | None) -> None:
    """Fill the list from FILE (JSON): readers, tags, broadcasts …, with the ids it gives.

    All of it or nothing. Objects that are there already are errors. The samples of a new
    list make room. The manual's page on the server says how FILE is written.

    \b
    Examples:
      newsletter server load account.json
      newsletter server load account.json --db trial.db
    """
    from sqlalchemy.exc import IntegrityError

    from newsletter.cli.opening import server_store
    from newsletter.errors import NotNow, WrongUsage
    from newsletter.server.loading import BadDocument
    from newsletter.server.loading import load as fill

    with server_store(call, db) as store:
        try:
            loaded = fill(store, _document(file))
        except BadDocument as error:
            raise WrongUsage(
                f"{file}: {error.place}: {error.message}.",
                hint="Nothing was loaded. The place is counted from 0: $.tags[2] is the third tag.",
                code="bad-document",
            ) from None
        except IntegrityError as error:
            raise NotNow(
                f"{file} does not go together with what the list holds.",
                hint="Nothing was loaded. Is somebody else writing to it just now?",
                code="load-conflict",
            ) from error
    lines = [f"{number:>7} {name.replace('_', ' ')}" for name, number in loaded.items() if number]
    call.answer({"loaded": loaded}, lines or ["There was nothing to load."])


def _document(file: Path) -> object:
    import json

    from newsletter.errors import WrongUsage

    try:
        document: object = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUsage(
            f"{file} cannot be read: {error.strerror}.", hint="Is the name right?", code="no-file"
        ) from None
    except json.JSONDecodeError as error:
        raise WrongUsage(
            f"{file}:{error.lineno}: this is not JSON ({error.msg}).",
            hint="Nothing was loaded.",
            code="bad-document",
        ) from None
    except RecursionError:
        raise WrongUsage(
            f"{file} is nested too deeply.", hint="Nothing was loaded.", code="bad-document"
        ) from None
    except UnicodeDecodeError:
        raise WrongUsage(
            f"{file} is not JSON in UTF-8.", hint="Nothing was loaded.", code="bad-document"
        ) from None
    return document


@click.command("openapi")
@click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), help="Into this file.")
@passes_call
def openapi(call: Call, out: Path | None) -> None:
    """The API as an OpenAPI 3.1 document; a running server shows it at /openapi.json.

    \b
    Example:
      newsletter server openapi -o openapi.json
    """
    import json

    from newsletter.errors import NotNow
    from newsletter.server.openapi import document

    call.target = "local"
    described = document()
    if out is None:
        call.answer(described, [json.dumps(described, indent=2, ensure_ascii=False)])
        return
    try:
        out.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise NotNow(f"{out} cannot be written: {error.strerror}.", code="not-written") from None
    call.answer({"file": str(out)}, [str(out)])
