"""What the target answered, or did not, in the pipeline's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from newsletter import kit
from newsletter.errors import NewsletterError, NotConfigured, NotNow, OutcomeUnknown, TryLater


@contextmanager
def asking(what: str, *, writes: bool = False) -> Iterator[None]:
    """Turn the client's errors into ours while asking the target to do `what`.

    A request that never left, or that only read, can be repeated: TryLater. A write
    without an answer may have happened: OutcomeUnknown. A refusal is a refusal.
    """
    try:
        yield
    except kit.KitError as error:
        raise translate(error, what, writes=writes) from error


def translate(error: kit.KitError, what: str, *, writes: bool) -> NewsletterError:
    """The error of ours that says what `error` means for the pipeline."""
    if isinstance(error, kit.Unauthorized):
        return NotConfigured(
            f"The target does not accept the key: {error}",
            hint="Check KIT_API_KEY in .env: newsletter keeps working locally meanwhile.",
            code="key-refused",
        )
    if isinstance(error, kit.InvalidUrl | kit.InvalidCredential):
        return NotConfigured(
            str(error), hint="Look at KIT_API_URL and KIT_API_KEY.", code="bad-target"
        )
    if isinstance(error, kit.NeverLeft | kit.RateLimited):
        return TryLater(
            f"Could not {what}: {error}", hint="Nothing was changed; the next run tries again."
        )
    if isinstance(error, kit.NotFound) and what == "read the account":
        return NotConfigured(
            f"No service of this kind answers there: {error}",
            hint="Does KIT_API_URL end in /v4, as https://api.kit.com/v4 does?",
            code="bad-target",
        )
    if isinstance(error, kit.Refused):
        return NotNow(f"The target refused to {what}: {error}", code="refused-by-target")
    if writes:
        return OutcomeUnknown(
            f"No answer after asking to {what}: {error}",
            hint="It may or may not have happened. The next `newsletter run` finds out before it does anything else.",
        )
    return TryLater(
        f"Could not {what}: {error}", hint="Nothing was changed; the next run tries again."
    )
