"""The tags of a target are remembered by its name, the newest list alone."""

from newsletter.ledger import tags
from newsletter.ledger.opening import Ledger


def test_the_newest_list_is_kept_for_each_target(ledger: Ledger) -> None:
    assert tags.known(ledger, "local") == ()
    tags.remember(ledger, "local", ["vip", "hips", "vip"])
    tags.remember(ledger, "kit", ["knees"])
    assert tags.known(ledger, "local") == ("hips", "vip")

    tags.remember(ledger, "local", ["grün", "vip"])
    tags.remember(ledger, "local", ["grün", "vip"])
    assert tags.known(ledger, "local") == ("grün", "vip")
    assert tags.known(ledger, "kit") == ("knees",)

    tags.remember(ledger, "kit", [])
    assert tags.known(ledger, "kit") == ()
