"""A small model checker: every state that can be reached, and the shortest way to each.

A model is a first state and a function that gives the steps out of a state. A step
that the world may leave out (a crash, a lost answer) is not `fair`; what must happen
when nothing more goes wrong is read off the fair steps alone.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

S = TypeVar("S", bound=Hashable)


class Step(NamedTuple, Generic[S]):
    """One thing that can happen: in words, what is so after it, and whether it needs bad luck."""

    words: str
    after: S
    fair: bool = True


@dataclass(frozen=True, kw_only=True)
class Explored(Generic[S]):
    """All states of a model, in the order of their distance from the first.

    `came_from` knows how each was first reached, `fair` the states that follow each
    when nothing goes wrong.
    """

    came_from: dict[S, tuple[S, str] | None]
    fair: dict[S, tuple[S, ...]]

    def __len__(self) -> int:
        return len(self.came_from)

    def __iter__(self) -> Iterator[S]:
        return iter(self.came_from)

    def first(self, wanted: Callable[[S], bool]) -> S | None:
        """The nearest state that is `wanted`, or None when none can be reached."""
        return next((state for state in self.came_from if wanted(state)), None)

    def trace(self, state: S | None) -> str:
        """The shortest way to `state`, a numbered line a step."""
        lines = []
        while state is not None:
            before = self.came_from[state]
            if before is None:
                break
            state, words = before
            lines.append(words)
        return "\n".join(f"{n:3} {words}" for n, words in enumerate(reversed(lines), 1))

    def ends(self) -> list[S]:
        """The states after which nothing happens by itself."""
        return [state for state, following in self.fair.items() if not following]

    def never_ending(self) -> S | None:
        """A state from which fair steps can go on for ever, or None: no livelock.

        States are taken away from the ends backwards; what cannot be taken away lies on
        a circle or leads to one.
        """
        left = {state: len(following) for state, following in self.fair.items()}
        before: dict[S, list[S]] = {}
        for state, following in self.fair.items():
            for after in following:
                before.setdefault(after, []).append(state)
        ready = [state for state, count in left.items() if not count]
        for state in ready:
            for earlier in before.get(state, ()):
                left[earlier] -= 1
                if not left[earlier]:
                    ready.append(earlier)
        return next((state for state, count in left.items() if count), None)


def explore(start: S, steps: Callable[[S], Iterable[Step[S]]], *, at_most: int) -> Explored[S]:
    """Visit every state of the model breadth first; `at_most` guards against one without end."""
    # States hold no circles; looking for garbage among so many would take half the time.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return _explore(start, steps, at_most)
    finally:
        if was_collecting:
            gc.enable()


def _explore(start: S, steps: Callable[[S], Iterable[Step[S]]], at_most: int) -> Explored[S]:
    came_from: dict[S, tuple[S, str] | None] = {start: None}
    fair: dict[S, tuple[S, ...]] = {}
    todo = deque([start])
    while todo:
        state = todo.popleft()
        lucky = []
        for words, after, is_fair in steps(state):
            if is_fair:
                lucky.append(after)
            if after not in came_from:
                came_from[after] = (state, words)
                todo.append(after)
        fair[state] = tuple(lucky)
        if len(came_from) > at_most:
            raise AssertionError(f"more than {at_most} states: the model has no bounds")
    return Explored(came_from=came_from, fair=fair)
