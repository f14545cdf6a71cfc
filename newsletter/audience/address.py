"""Email addresses as people type them: which can be written to, and when two are the same."""

from __future__ import annotations

from dataclasses import dataclass

# RFC 5322 §3.2.3 (atext); quoted local parts exist on paper only.
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
)
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
# RFC 5321 §4.5.3.1: 64 octets before the @, and 254 in all (erratum 1690).
_LONGEST_LOCAL = 64
_LONGEST = 254
_LONGEST_LABEL = 63


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that mail can go to: trimmed, its domain in lower-case ASCII.

    `key` is what two spellings of one person's address share: letter case does not
    matter, dots and what follows a plus do.
    """

    email_address: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """Why no mail can go there, in a few words."""

    why: str


def read_address(text: str) -> Address | Unusable:
    """What `text` is as an address, by its form alone (RFC 5321 §4.1.2, without quotes).

    Takes time in proportion to its length. Domains in other letters are given in ASCII
    (IDNA); other letters before the @ need SMTPUTF8, which few receivers have.
    """
    typed = text.strip()
    if not typed:
        return Unusable(why="empty")
    if len(typed) > 2 * _LONGEST:
        return Unusable(why="too long")
    if any(char.isspace() or not char.isprintable() for char in typed):
        return Unusable(why="a space or a control character in it")
    local, at, domain = typed.rpartition("@")
    if not at:
        return Unusable(why="no @")
    if "@" in local:
        return Unusable(why="more than one @")
    why = _wrong_local(local)
    if why:
        return Unusable(why=why)
    host = _ascii_domain(domain)
    if isinstance(host, Unusable):
        return host
    kept = f"{local}@{host}"
    if len(kept) > _LONGEST:
        return Unusable(why=f"longer than {_LONGEST} characters")
    return Address(email_address=kept, key=key_of(kept))


def key_of(address: str) -> str:
    """What two spellings of one address share; also of an address that mail cannot go to."""
    return address.strip().casefold()


def _wrong_local(local: str) -> str | None:
    if not local:
        return "nothing before the @"
    if len(local) > _LONGEST_LOCAL:
        return f"more than {_LONGEST_LOCAL} characters before the @"
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return "a dot too many before the @"
    strange = next((char for char in local if char != "." and char not in _ATOM), None)
    return None if strange is None else f"“{strange}” before the @"


def _ascii_domain(domain: str) -> str | Unusable:
    if not domain:
        return Unusable(why="nothing after the @")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return Unusable(why="no such domain is possible")
    labels = ascii_domain.split(".")
    if "" in labels:
        return Unusable(why="a dot too many after the @")
    if len(labels) < 2:
        return Unusable(why="no dot in the domain")
    if labels[-1].isdigit():
        return Unusable(why="a number where the domain should end")
    for label in labels:
        is_well_formed = len(label) <= _LONGEST_LABEL and _LABEL.issuperset(label)
        if not is_well_formed or label.startswith("-") or label.endswith("-"):
            return Unusable(why="no such domain is possible")
    return ascii_domain
