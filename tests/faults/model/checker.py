"""A small model checker: every state that can be reached, and the shortest way to each.

A model is a first state and a function that gives the steps out of a state. A step
that the world may leave out (a crash, a lost answer) is not `fair`; what must happen
when nothing more goes wrong is read off the fair steps alone.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)


class Step(NamedTuple, Generic[S]):
    """One thing that can happen: in words, what is so after it, and whether it needs no bad luck."""

    words: str
    after: S
    fair: bool = True


@dataclass(frozen=True, kw_only=True)
class Explored(Generic[S]):
    """All states of a model, in the order of their distance from the first.

    Beside each state, by its place: how it was first reached (the place of the state
    before, and the words of the step), and the places that follow when nothing goes wrong.
    """

    states: list[S]
    reached: list[tuple[int, str]]
    fair: list[tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.states)

    def __iter__(self) -> Iterator[S]:
        return iter(self.states)

    def shortest(self, wanted: Callable[[S], bool]) -> str | None:
        """The shortest way to a state that is `wanted`, a numbered line a step; None: no way."""
        place = next((n for n, state in enumerate(self.states) if wanted(state)), None)
        if place is None:
            return None
        lines: list[str] = []
        while place:
            place, words = self.reached[place]
            lines.append(words)
        return "\n".join(f"{n:3}  {words}" for n, words in enumerate(reversed(lines), 1))

    def ends(self) -> list[S]:
        """The states after which nothing more happens by itself."""
        return [state for state, after in zip(self.states, self.fair, strict=True) if not after]

    def endless(self) -> S | None:
        """A state from which fair steps can go on for ever, or None: no livelock.

        States are taken away from the ends backwards; what cannot be taken away lies on
        a circle or leads to one.
        """
        left = [len(following) for following in self.fair]
        before: list[list[int]] = [[] for _ in self.states]
        for place, following in enumerate(self.fair):
            for after in following:
                before[after].append(place)
        ready = [place for place, count in enumerate(left) if not count]
        for place in ready:  # grows while it is walked
            for earlier in before[place]:
                left[earlier] -= 1
                if not left[earlier]:
                    ready.append(earlier)
        return next((self.states[place] for place, count in enumerate(left) if count), None)


def explore(start: S, steps: Callable[[S], Iterable[Step[S]]], *, at_most: int) -> Explored[S]:
    """Visit every state of a model, breadth first.

    Raises AssertionError beyond `at_most` states: then the model forgot a bound.
    """
    # States hold no circles; looking for garbage among so many would take half the time.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return _explore(start, steps, at_most)
    finally:
        if was_collecting:
            gc.enable()


def _explore(start: S, steps: Callable[[S], Iterable[Step[S]]], at_most: int) -> Explored[S]:
    states = [start]
    places = {start: 0}
    reached = [(0, "")]
    fair: list[tuple[int, ...]] = []
    for here, state in enumerate(states):  # grows while it is walked
        lucky = []
        for words, after, is_fair in steps(state):
            place = places.get(after)
            if place is None:
                place = places[after] = len(states)
                states.append(after)
                reached.append((here, words))
            if is_fair:
                lucky.append(place)
        fair.append(tuple(lucky))
        if len(states) > at_most:
            raise AssertionError(f"more than {at_most} states: the model forgot a bound")
    return Explored(states=states, reached=reached, fair=fair)
