"""A file of addresses as other programs write it: its encoding, delimiter and columns found out.

Read line by line, in the memory of one line.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.audience.address import Address, read_address
from newsletter.errors import NotNow, WrongUsage

_DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 1 << 20
_LONGEST_HEAD = 65_536
_MOST_LINES = 3
_FIELDS_PREFIX = "fields."
_GUESSES = {
    "email_address": (
        "emailaddress email mail mailaddress subscriberemail emailaddresse eposta correo "
        "correoelectronico adressemail courriel emailadresse"
    ),
    "first_name": "firstname first givenname fname forename vorname prenom nombre name fullname",
    "state": "state status subscriptionstatus memberstatus",
}
_TARGETS = tuple(_GUESSES)
# Columns beside `state` that tell of people who left: by holding anything, or by a no.
_LEFT = frozenset(
    [
        "unsubscribed",
        "unsubscribedat",
        "unsubscribedon",
        "unsubscribedate",
        "unsubscribeddate",
        "unsubscribetime",
        "unsubtime",
        "optout",
        "optedout",
        "optoutat",
        "optoutdate",
        "optouttime",
        "isunsubscribed",
        "hasunsubscribed",
        "hasoptedout",
        "emailoptout",
        "cancelledat",
        "canceledat",
    ]
)
_STAYS = frozenset({"subscribed", "issubscribed", "optin", "optedin", "emailoptin"})
_NO = frozenset({"no", "n", "false", "f", "off", "never", "none", "null", "nil", "nan"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """How a file is to be read. `columns` says which column holds which field.

    Fields are `email_address`, `first_name`, `state` and `fields.KEY`, a custom field.
    `left` and `stays` are columns that nobody mapped and that tell who left. `remark` is a sentence for the person who imports, or empty.
    """

    path: Path
    encoding: str
    delimiter: str
    has_header: bool
    columns: Mapping[str, int]
    header: tuple[str, ...]
    remark: str = ""
    left: tuple[int, ...] = ()
    stays: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row; `line` is where it begins, from 1. `wrong` says why it cannot be read.

    `has_left` when a column beside `state` says so, like `unsubscribed_at`.
    """

    line: int
    email: str = ""
    first_name: str = ""
    state: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    has_left: bool = False


def open_table(path: Path, mapping: Mapping[str, str]) -> Table:
    """Find out how to read the file at `path`; `mapping` (column: field) overrides the guess.

    Raises WrongUsage when it cannot be read or no column with addresses is found.
    """
    try:
        encoding, remark = _encoding(path)
        first = _first_row_text(path, encoding)
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}.") from error
    if not first.strip():
        raise WrongUsage(f"{path} is empty.", code="file-empty")
    delimiter = max(_DELIMITERS, key=first.count)  # of several that occur as often, the first
    header = _header(path, encoding, delimiter)
    addresses = [n for n, cell in enumerate(header) if isinstance(read_address(cell), Address)]
    has_header = not addresses
    guessed = _guess(header) if has_header else _by_content(header, addresses[0])
    columns = _mapped(guessed, header, mapping, path)
    if "email_address" not in columns:
        raise WrongUsage(
            f"{path}: none of its columns seems to hold addresses ({', '.join(header)}).",
            hint="Say which one:  --map COLUMN=email_address",
            code="no-address-column",
        )
    free = [
        (at, plain(name))
        for at, name in enumerate(header)
        if has_header and at not in columns.values() and at not in _named(header, mapping)
    ]
    return Table(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        has_header=has_header,
        columns=columns,
        header=header,
        remark=remark,
        left=tuple(at for at, name in free if name in _LEFT),
        stays=tuple(at for at, name in free if name in _STAYS),
    )


def records(table: Table) -> Iterator[Record]:
    """The rows of a file, without the header and without blank lines.

    Raises NotNow at a row of more than three lines: a quote that was never closed takes in
    everything up to the next one, and with it people who would be missing unnoticed.
    """
    with table.path.open(encoding=table.encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=table.delimiter)
        is_header = table.has_header
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                _insist_on_an_end(table.path, line, reader.line_num)
                yield Record(line=line, wrong=f"the line cannot be read: {error}")
                continue
            _insist_on_an_end(table.path, line, reader.line_num)
            if is_header:
                is_header = not any(map(str.strip, row))
            elif _holds_another(row):
                wrong = f"{reader.line_num - line + 1} lines were read as one: look at the quotes"
                yield Record(line=line, wrong=wrong)
            elif row:
                yield _record(table, row, line)


def _holds_another(row: list[str]) -> bool:
    """Whether a cell has an address on its second or third line: the next row, swallowed."""
    return any("@" in line for cell in row for line in cell.splitlines()[1:])


def _insist_on_an_end(path: Path, first: int, last: int) -> None:
    number = last - first + 1
    if number > _MOST_LINES:
        raise NotNow(
            f"{path.name}:{first}: a quote on line {first} never closes; "
            f"{number} lines were read as one.",
            hint=f'Close the " there or take it out; a row may have {_MOST_LINES} lines at most. '
            "Nothing was changed.",
            code="quote-open",
        )


def _record(table: Table, row: list[str], line: int) -> Record:
    def cell(name: str) -> str:
        place = table.columns.get(name, len(row))
        return row[place].strip() if place < len(row) else ""

    return Record(
        line=line,
        email=cell("email_address"),
        first_name=cell("first_name"),
        state=cell("state"),
        fields={
            name.removeprefix(_FIELDS_PREFIX): cell(name)
            for name in table.columns
            if name.startswith(_FIELDS_PREFIX) and cell(name)
        },
        has_left=any(not _is_no(row[at]) for at in table.left if at < len(row))
        or any(_is_no(row[at]) and row[at].strip() for at in table.stays if at < len(row)),
    )


def plain(text: str) -> str:
    """`text` as far as it tells two words apart: letters and digits, without case."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _is_no(cell: str) -> bool:
    """Whether a cell holds nothing, a no, or the zeros of a date that never was."""
    return plain(cell) in _NO or not plain(cell).strip("0")


def _encoding(path: Path) -> tuple[str, str]:
    """The file's encoding, and what to say of it. Reads all of it: the first umlaut may come late."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ""
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", (
                "The file is not UTF-8; it is read as Windows-1252. Look at names with "
                "letters like é or ü, or save it as UTF-8."
            )
    return "utf-8-sig", ""


def _first_row_text(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        while line := file.readline(_LONGEST_HEAD):
            if line.strip():
                return line.rstrip("\r\n")
    return ""


def _header(path: Path, encoding: str, delimiter: str) -> tuple[str, ...]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        try:
            rows = csv.reader(file, delimiter=delimiter)
            row = next(row for row in rows if any(map(str.strip, row)))
            _insist_on_an_end(
                path, max(1, rows.line_num - "\n".join(row).count("\n")), rows.line_num
            )
        except (csv.Error, StopIteration) as error:
            raise WrongUsage(f"{path}: its first line cannot be read: {error}.") from error
    return tuple(cell.strip() for cell in row)


def _guess(header: tuple[str, ...]) -> dict[str, int]:
    """Columns by their names: the best-known name of a field that occurs."""
    names = [plain(name) for name in header]
    found = {}
    for name, words in _GUESSES.items():
        place = next((names.index(word) for word in words.split() if word in names), None)
        if place is not None:
            found[name] = place
    return found


def _by_content(header: tuple[str, ...], address: int) -> dict[str, int]:
    """Columns of a file that begins with somebody's address instead of names."""
    found = {"email_address": address}
    others = [n for n in range(len(header)) if n != address]
    if len(others) == 1:
        found["first_name"] = others[0]
    return found


def _mapped(
    guessed: dict[str, int], header: tuple[str, ...], mapping: Mapping[str, str], path: Path
) -> dict[str, int]:
    columns = dict(guessed)
    for column, name in mapping.items():
        place = _place(header, column)
        if place is None or not 0 <= place < len(header):
            raise WrongUsage(
                f"--map: {path} has no column “{column}”.",
                hint=f"Its columns: {', '.join(header)}",
            )
        is_custom = name.startswith(_FIELDS_PREFIX) and name != _FIELDS_PREFIX
        if name != "-" and name not in _TARGETS and not is_custom:
            raise WrongUsage(
                f"--map: there is no field “{name}”.",
                hint=f"{', '.join(_TARGETS)}, fields.KEY, or - for none.",
            )
        columns = {known_name: at for known_name, at in columns.items() if at != place}
        if name != "-":
            columns[name] = place
    return columns


def _named(header: tuple[str, ...], mapping: Mapping[str, str]) -> set[int | None]:
    return {_place(header, column) for column in mapping}


def _place(header: tuple[str, ...], column: str) -> int | None:
    """Where a column is, by its name or its number from 1."""
    known = {name.casefold(): place for place, name in reversed([*enumerate(header)])}
    place = known.get(column.strip().casefold())
    if place is None and column.isascii() and column.isdigit():
        place = int(column) - 1
    return place
