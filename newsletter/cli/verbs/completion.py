"""`newsletter completion`."""

from __future__ import annotations

import click

from newsletter.cli.call import Call, passes_call

_VARIABLE = "_NEWSLETTER_COMPLETE"
_INSTALLS = {
    "bash": "newsletter completion bash > ~/.local/share/bash-completion/completions/newsletter",
    "zsh": 'newsletter completion zsh > "${fpath[1]}/_newsletter"   (then start a new shell)',
    "fish": "newsletter completion fish > ~/.config/fish/completions/newsletter.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@passes_call
def command(call: Call, shell: str) -> None:
    """Print the script that lets a shell complete what you type.

    Commands, options, letters of the project's folder, and tags as they were last known.
    The network is never asked.

    \b
    Examples:
      source <(newsletter completion bash)
      newsletter completion fish > ~/.config/fish/completions/newsletter.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from newsletter.cli.app import program

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  (Click has one for each shell of the choice)
    completion = found(program, {}, "newsletter", _VARIABLE)
    # Without Bash's own look at its version, which would start one.
    script = ShellComplete.source(completion).strip()
    head = "#compdef newsletter\n" if shell == "zsh" else ""
    body = script.removeprefix("#compdef newsletter").strip()
    install = f"# To install it:  {_INSTALLS[shell]}"
    call.answer({"shell": shell, "script": script}, [f"{head}{install}\n{body}"])
