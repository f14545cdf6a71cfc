"""Kit's Liquid dialect: what is wrong with a text, and the text for one reader.

The names a text may use are those Kit fills in (Kit help centre, "Liquid" and
"email templates"): `subscriber.first_name`, `subscriber.email_address`,
`subscriber.<custom field key>`, `unsubscribe_url`, `unsubscribe_link`,
`subscriber_preferences_url`, `subscriber_preferences_link`, `address` and
`snippet.<key>`. python-liquid does the work; it takes a third of a second to
import, so that happens at the first Liquid tag that is met.
"""

from newsletter.liquid.largest import largest
from newsletter.liquid.problems import problems
from newsletter.liquid.tags import Problem, repair_quotes
from newsletter.liquid.template import (
    Links,
    LiquidError,
    Reader,
    Snippet,
    Template,
    compile,  # noqa: A004
)

__all__ = [
    "Links",
    "LiquidError",
    "Problem",
    "Reader",
    "Snippet",
    "Template",
    "compile",
    "largest",
    "problems",
    "repair_quotes",
]
