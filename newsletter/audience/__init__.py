"""Who may be mailed: subscriber states, events, suppression."""
