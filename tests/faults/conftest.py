"""The fixtures of `tests.world`."""

from tests.world import (
    LETTER,
    Clock,
    Net,
    World,
    begun_world,
    hidden_lists,
    net_of,
    net_of_writes,
    world,
)

__all__ = [
    "LETTER",
    "Clock",
    "Net",
    "World",
    "begun_world",
    "hidden_lists",
    "net_of",
    "net_of_writes",
    "world",
]
