"""What is said on the way: warnings before a letter is scheduled, and the next step."""

import pytest


@pytest.mark.parametrize("words", [["schedule", "gate", "--at", "tue 9am"], ["send", "gate", "-n"]])
def test_the_warnings_are_told_before_a_letter_goes(folder, words):
    folder.change("issues/gate.md", "Our garden gate", "As I said in the comments below, our gate")
    done = folder.call(*words)
    assert done.code == 0
    assert "web-leftover" in done.err
    assert "→ Leave it out" in done.err
    assert "web-leftover" not in folder.call(*words, "--quiet").err


def test_many_warnings_are_cut_and_the_rest_is_named(folder):
    folder.change("issues/gate.md", "## What", "In the comments below.\n\n" * 8 + "## What")
    told = folder.call("schedule", "gate", "--at", "tue 9am").err
    assert told.count("web-leftover") == 5
    assert "and 3 more: newsletter check gate" in told
