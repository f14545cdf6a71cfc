"""A file becomes an `Issue`: front matter, Markdown, plain text, shortcodes."""
