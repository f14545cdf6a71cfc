"""A subject and a preview text for a letter whose author gave none."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SUBJECT_LENGTH = 70
# Inboxes show about 90 characters of a preview text; a little more does no harm.
_PREVIEW_LENGTH = 120
_FIRST_SENTENCE = re.compile(r"(?P<words>.+?)(?P<end>[.!?…]+[”\"’')\]]*)(?=\s|$)")


def guess_subject(texts: Sequence[str]) -> tuple[str, str]:
    """The first sentence of `texts` (at most 70 characters) and the words after it.

    `texts` are a letter's blocks as plain words, the greeting left out.
    """
    words = [" ".join(text.split()) for text in texts]
    words = [text for text in words if text]
    if not words:
        return "", ""
    match = _FIRST_SENTENCE.match(words[0])
    sentence = words[0] if match is None else match[0]
    subject = sentence.removesuffix(".") if not sentence.endswith("..") else sentence
    after = words[0][len(sentence) :]
    if len(subject) > _SUBJECT_LENGTH:
        subject = _shortened(subject, _SUBJECT_LENGTH)
        after = words[0][len(subject) - 1 :]
    rest = " ".join([after.strip(), *words[1:]]).strip()
    return subject, _shortened(rest, _PREVIEW_LENGTH)


def opening(texts: Sequence[str]) -> str:
    """The first words of a letter, as a preview text for a subject that was given."""
    return _shortened(" ".join(" ".join(texts).split()), _PREVIEW_LENGTH)


def _shortened(text: str, length: int) -> str:
    """At most `length` characters, cut between words, with an ellipsis where cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    whole = cut if text[length - 1] == " " else cut.rpartition(" ")[0] or cut
    return whole.rstrip(" ,;:–—-") + "…"
