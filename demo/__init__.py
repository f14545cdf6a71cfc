"""`make demo`: the whole circle on this computer, in a temporary copy, with real processes."""
