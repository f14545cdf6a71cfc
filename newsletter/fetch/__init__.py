"""The one door for looking at addresses that somebody else wrote: guarded, and in bounds."""

from newsletter.fetch.look import Bounds, Look, Verdict, look_at_all

__all__ = ["Bounds", "Look", "Verdict", "look_at_all"]
