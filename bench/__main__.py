"""`python -m bench`: every quick part, one after the other; exit status 1 when a budget does not hold.

`python -m bench server` and the like run one part; slow ones run only when they are named.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence

import bench
from bench.measure import Report, show


def main(words: Sequence[str]) -> int:
    """Runs the part that is named, with its options, or every quick one."""
    held = True
    for report in _named(words[0], words[1:]) if words else _quick():
        held = show(report) and held
    return 0 if held else 1


def _quick() -> Iterator[Report]:
    """Every module of this package that has a `report()`."""
    for found in pkgutil.iter_modules(bench.__path__):
        if found.name == "__main__":
            continue
        module = importlib.import_module(f"bench.{found.name}")
        if hasattr(module, "report"):
            yield module.report()


def _named(name: str, options: Sequence[str]) -> Iterator[Report]:
    """One module: what its `reports(options)` gives, which may take minutes, or its `report()`."""
    module = importlib.import_module(f"bench.{name}")
    if hasattr(module, "reports"):
        yield from module.reports(options)
    else:
        yield module.report()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
