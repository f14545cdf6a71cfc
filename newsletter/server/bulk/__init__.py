"""Many items in one request: what is done with each, and the work that is put off."""

from newsletter.server.bulk.work import Worked, work_off

__all__ = ["Worked", "work_off"]
