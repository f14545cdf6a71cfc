"""The manual; `python -m docs` writes its generated parts anew, `--check` compares them."""
