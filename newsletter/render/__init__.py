"""An issue and a look become an email: shield, Markdown, Jinja2, premailer."""
