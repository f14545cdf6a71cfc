"""Makes `newsletter/check/support.json` from a copy of Can I email's data.

    python -m docs.support FILE

FILE holds `meta`, `clients` (each with an `id`) and `features` (each with a `slug` and
one character a client in `support`: y, a, n, u or -). Only what the checks look for is
kept, in the mail programs that most readers have.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from newsletter.check.support import FEATURES

OUT = Path(__file__).resolve().parent.parent / "newsletter" / "check" / "support.json"
# By how many letters are opened in each; names as people know them.
CLIENTS = {
    "apple-mail/ios": "Apple Mail",
    "apple-mail/macos": "Apple Mail",
    "gmail/desktop-webmail": "Gmail",
    "gmail/ios": "Gmail",
    "gmail/android": "Gmail",
    "outlook/windows": "Outlook on Windows",
    "outlook/outlook-com": "Outlook.com",
    "yahoo/desktop-webmail": "Yahoo! Mail",
    "yahoo/ios": "Yahoo! Mail",
    "yahoo/android": "Yahoo! Mail",
}
KEPT = ("source", "commit", "commit_date", "licence", "copyright", "licence_text")


def main() -> None:
    """Write the file anew from the one named on the command line."""
    source = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    places = {client["id"]: place for place, client in enumerate(source["clients"])}
    wanted = [places[client] for client in CLIENTS]
    features = {
        one["slug"]: "".join(one["support"][place] for place in wanted)
        for one in source["features"]
        if one["slug"] in FEATURES
    }
    missing = FEATURES - set(features)
    if missing:
        sys.exit(f"{sys.argv[1]} does not know {', '.join(sorted(missing))}")
    meta = {key: source["meta"][key] for key in KEPT}
    meta["changed"] = "Reduced to the features and mail programs that the checks look at."
    data = {
        "meta": meta,
        "clients": list(CLIENTS.values()),
        "features": dict(sorted(features.items())),
    }
    OUT.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
