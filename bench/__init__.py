"""What is fast, measured side by side with what somebody would pick instead.

`python -m bench` runs everything and prints one table; `python -m bench.render` runs
one part. Times move with the machine, so only ratios of times taken in the same run,
by turns, are held against a budget. Nothing here is a test: a slow afternoon fails
no build.
"""
