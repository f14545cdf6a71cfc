"""How the server's tables came to be, in order."""
