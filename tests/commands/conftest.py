"""The fixtures of `tests.world`."""

from tests.world import begun_world, net_of, net_of_writes, world

__all__ = ["begun_world", "net_of", "net_of_writes", "world"]
