"""What the author does with readers: add, tag, import, export, unsubscribe, forget."""
