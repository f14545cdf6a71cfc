"""The local web app: a letter as the very email that will arrive, live while it is written."""
