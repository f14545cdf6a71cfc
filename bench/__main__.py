"""`python -m bench`: every part, one after the other; exit status 1 when a budget does not hold."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench
from bench.measure import show


def main() -> int:
    """Runs every module of this package that has a `report()`."""
    held = True
    for found in pkgutil.iter_modules(bench.__path__):
        if found.name == "__main__":
            continue
        module = importlib.import_module(f"bench.{found.name}")
        if hasattr(module, "report"):
            held = show(module.report()) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
