"""From a due broadcast to one message a reader."""
