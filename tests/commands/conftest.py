"""The fixtures of `tests.world`."""

from tests.world import net_of, net_of_writes, world

__all__ = ["net_of", "net_of_writes", "world"]
