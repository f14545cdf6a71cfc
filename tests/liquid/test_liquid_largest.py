"""How large a letter can become for one reader."""

import pytest

from newsletter import liquid


@pytest.mark.parametrize(
    ("source", "octets"),
    [
        ("", 0),
        ("plain", 5),
        ("grün", 5),
        ("a{% if subscriber.x %}long{% endif %}b", 6),
        ("a{% if subscriber.x %}one{% else %}other{% endif %}b", 7),
        ("{% if a %}1{% elsif b %}333{% elsif c %}22{% endif %}", 3),
        ("{% unless a %}1{% else %}22{% endunless %}", 2),
        ("{% case a %}{% when 1 %}1{% when 2 %}4444{% else %}22{% endcase %}", 4),
        ("{% if a %}x{% if b %}yy{% else %}zzz{% endif %}{% else %}22{% endif %}", 4),
        ("{% if a %}1{% endif %}{% if b %}22{% endif %}", 3),
        ("{% for a in b %}xx{% endfor %}", 2),
        ("{{ subscriber.first_name }}", 60),
        ('{{ unsubscribe_url | append: "x" }}', 200),
        ("{{ unknown }}", 0),
        ("{% if a %}never closed", 22),
        ("{{ never closed", 15),
    ],
)
def test_of_each_choice_the_longest_way_counts(source: str, octets: int) -> None:
    assert liquid.largest(source) == octets


def test_most_letters_are_looked_at_without_the_library() -> None:
    """A third of a second to import; only conditions, other filters and custom fields need it."""
    import subprocess
    import sys

    code = (
        "import sys; from newsletter import liquid;"
        "found = liquid.problems('Hi {{ subscriber.first_name | default: \"you\" }} {{ address }} {{- unsubscribe_url -}}');"
        "assert found == (); assert 'liquid' not in sys.modules;"
        "found = liquid.problems('{{ subscriber.city }} {{ addres }}');"
        "assert len(found) == 1; assert 'liquid' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
