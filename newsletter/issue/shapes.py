"""The shapes that people give plain text: what a line or a block of it looks like."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from newsletter.issue.escape import LIQUID, trimmed_address

_GREETING = re.compile(
    r"(?:hello|hi|hiya|hey|dear|greetings|howdy|aloha|namaste|hola|bonjour|happy|"
    r"good (?:morning|afternoon|evening|day))\b",
    re.IGNORECASE,
)
_CLOSING_WORDS = re.compile(
    r"\b(?:love|gratitude|warmly|warmth|warmest|best|sincerely|yours|cheers|hugs?|blessings?|regards|"
    r"wishes|thanks|thank you|kindly|kindness|peace|fondly|affectionately|gratefully|care|until|"
    r"see you|joy|xo+|namaste|faithfully|soon|friendship|light)\b",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?P<lead>(?:(?:an?|one|just an?|my)\s+)?"
    r"(?:(?:quick|small|little|friendly|gentle|important|special|final|last|brief|short|safety)\s+)*"
    r"(?:note|word|warning|caution|reminder|disclaimer|tip|caveat|heads[- ]up|please note|nota bene|n\.?b\.?)"
    r"(?:\s+(?:of|on|about|for|to|from|before)(?:\s+[\w’'-]+){1,4})?\s*:)\s+(?P<text>\S.*)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\(?\s*(?P<label>references?|sources?|study|studies|via|further reading|read more|original)\s*:"
    r"\s*(?P<address>https?://[^\s<>\\]+?)\s*\)?\s*\.?",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"(?:join|subscribe|sign up|get|come|register|download|book|buy|order|reserve|try|start|claim|"
    r"follow|grab|read|listen|watch|share|donate|support|stay|become)\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:[-*_=~•–—]\s*){3,}")
_NUMBERED = re.compile(r"(?P<number>\d{1,4})(?P<mark>[.)])\s+(?P<text>\S.*)")
_BULLET = re.compile(r"(?:[-*]\s+|[•‣◦▪]\s*)(?P<text>\S.*)")
# Words that a title does not capitalise.
_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the and or but nor for of to in on at by as is it its with from into vs via your my our",
    )
)
_WEB_LEFTOVERS = re.compile(
    r"""pin\ it(?:\ on\ pinterest)?
    |(?:share|tweet|post|pin|save|like|email|print)\ (?:this|it|on|to)(?:\ (?:this|post|page|article|on|to|via|with|
        facebook|twitter|x|pinterest|linkedin|whatsapp|telegram|reddit|email|friends?|a\ friend|an?))*
    |click\ to\ (?:share|email|print)\ .{0,60}
    |(?:like\ )?loading(?:\.\.\.|…)|related\ (?:posts|articles):?
    |(?:posted|published|filed|tagged)\ (?:on|in|by|under|with|as):?\ .{0,80}
    |the\ post\ .{1,150}\ appeared\ first\ on\ .{1,80}
    |(?:leave|post|add)\ a\ (?:reply|comment)|(?:cancel\ reply|\d+\ comments?|no\ comments\ yet)
    |your\ email\ address\ will\ not\ be\ published\..{0,80}|required\ fields\ are\ marked.{0,10}
    |save\ my\ name,\ email,?\ and\ website\ .{0,90}
    |(?:previous|next)\ (?:post|article|entry):?(?:\ .{0,80})?
    |(?:facebook|twitter|pinterest|linkedin|instagram|whatsapp|email|tumblr|reddit)(?:[\ |,/·]+
        (?:facebook|twitter|pinterest|linkedin|instagram|whatsapp|email|tumblr|reddit))+""",
    re.VERBOSE | re.IGNORECASE,
)
_LEAVING = re.compile(
    r"""\byou\ (?:can|may|could)\b.{0,60}\bunsubscribe\b
    |\byou(?:\ are|['’]re)\ free\ to\ unsubscribe\b|\bfeel\ free\ to\ unsubscribe\b
    |\bunsubscribe\s+(?:at\ any|any\s?time|here\b|below\b|whenever|with\ one\ click|by\ clicking|using\ the)
    |\bto\ unsubscribe,?\ (?:please\ )?(?:click|use|reply|follow)\b
    |\b(?:click|use|follow)\b.{0,40}\bto\ unsubscribe\b|^unsubscribe[.!]?$""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE = re.compile(r".+?(?:[.!?…]+[”\"’')\]]*(?=\s|$)|$)\s*")


def is_greeting(line: str) -> bool:
    """A short first line: “Hello Dear One:”, “Hi friends,”, “Good morning”."""
    line = re.sub(LIQUID, "friend", line)
    words = line.split()
    if not _GREETING.match(line) or len(line) > 90:
        return False
    if line[-1] in ",:":
        return len(words) <= 12
    unmarked = line[-1].isalpha() and words[0].lower() != "happy"  # “Happy Trails” is a title
    return len(words) <= 6 and (line[-1] == "!" or unmarked)


def is_sign_off(line: str) -> bool:
    """A short closing with a comma: “Love and gratitude,”."""
    return line.endswith(",") and len(line.split()) <= 6 and bool(_CLOSING_WORDS.search(line))


def is_name(line: str) -> bool:
    """What may stand below a sign-off: up to four words, no end mark."""
    words = line.split()
    return len(words) <= 4 and line[:1].isupper() and line[-1:].isalpha()


def note_parts(line: str) -> tuple[str, str] | None:
    """Lead (with its colon) and text of “A Note of Caution: start slowly”, or None."""
    match = _NOTE.fullmatch(line)
    return (match["lead"], match["text"]) if match else None


def reference_parts(line: str) -> tuple[str, str] | None:
    """Label and address of “(Reference: https://…)”, or None."""
    match = _REFERENCE.fullmatch(line)
    if match is None or not host_of(trimmed_address(match["address"])):
        return None
    return match["label"], trimmed_address(match["address"])


def host_of(address: str) -> str:
    """The site's name in an address, without `www.`; empty when there is none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def is_rule(line: str) -> bool:
    """A row of hyphens, stars or the like."""
    return _RULE.fullmatch(line) is not None and len(set(line.replace(" ", ""))) == 1


def numbered_parts(line: str) -> tuple[int, str, str] | None:
    """Number, mark and text of “1. Put the pot on”, or None."""
    match = _NUMBERED.fullmatch(line)
    return (int(match["number"]), match["mark"], match["text"]) if match else None


def bullet_text(line: str) -> str | None:
    """The words behind a bullet, or None."""
    match = _BULLET.fullmatch(line)
    return match["text"] if match else None


def looks_like_heading(line: str) -> bool:
    """Short, no end mark, at least three quarters of the words that matter capitalised."""
    words = line.split()
    if not words or len(line) > 70 or len(words) > 10 or line[-1] in ".,:;?!…":
        return False
    return _mostly_capitals(words) and not re.search(r"https?:|www\.|@|[{}\[\]]", line)


def is_call(line: str) -> bool:
    """A short, capitalised invitation with an exclamation mark: “Join My Tribe!”."""
    bare = line.rstrip("!")
    calls = line.endswith("!") and len(bare.split()) >= 2
    return calls and bool(_INVITES.match(bare)) and looks_like_heading(bare)


def is_web_leftover(line: str) -> bool:
    """A share button, post data or comment form that came along with a web page."""
    return _WEB_LEFTOVERS.fullmatch(line) is not None


def sentences(line: str) -> list[str]:
    """The sentences of a line, with the blanks behind them."""
    return [match[0] for match in _SENTENCE.finditer(line)]


def is_leaving_sentence(sentence: str) -> bool:
    """“You can unsubscribe at any time.”: the footer says it, with a link that works."""
    return len(sentence) < 200 and _LEAVING.search(sentence.strip()) is not None


def _mostly_capitals(words: list[str]) -> bool:
    bare = [re.sub(r"[\W_]+", "", word) for word in words]
    if bare[0][:1].islower():
        return False
    matter = [
        word
        for at, word in enumerate(bare)
        if word and not word[0].isdigit() and (at == 0 or word.lower() not in _SMALL_WORDS)
    ]
    capitals = sum(word[0].isupper() for word in matter)
    return bool(matter) and capitals >= 0.75 * len(matter)
