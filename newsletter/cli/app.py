"""The program `newsletter`: its commands by name, and how every one of them ends.

The one-line helps stand in a table here, so that `--help` imports no command.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from newsletter.cli.call import Call, shared_options, take_flags
from newsletter.cli.wrapping import wrapped
from newsletter.errors import InFile, NewsletterError

COMMANDS: dict[str, dict[str, str]] = {
    "Start": {
        "init": "a working project, no questions",
        "doctor": "is everything ready, and what to do about it",
        "status": "what goes out next, what happened last",
        "completion": "let bash, zsh or fish complete what you type",
    },
    "Write": {
        "new": "start an issue, or take over a text",
        "list": "all issues and their state",
        "preview": "see it, live, in a browser",
        "check": "what a careful editor would notice",
        "build": "write the HTML, text and .eml files",
    },
    "Send": {
        "test": "one copy to yourself",
        "schedule": "it goes out then",
        "unschedule": "it does not",
        "send": "it goes out now, after a short undo window",
        "run": "the cron job: send what is due, take in what came back",
        "cron": "print the crontab line, systemd, launchd or Actions file",
    },
    "Readers": {
        "subscribers": "list, add, tag, import, export, let them go",
        "receive": "take in at once what Kit's webhooks tell of them",
    },
    "Server": {
        "serve": "the embedded Kit-compatible server, with its mailbox",
        "server": "fill it, migrate its schema, decide about unknown deliveries",
    },
}

EXIT_CODES = (
    (0, "done, or nothing to do"),
    (1, "something was not done and a person must look"),
    (2, "wrong usage"),
    (3, "the issue has errors; nothing was sent"),
    (4, "configuration or credentials"),
    (5, "a request was made and no answer came; the next run finds out"),
    (75, "try later: another run is at it, or the network is out"),
    (130, "interrupted"),
)

EXAMPLES = """\
  newsletter init my-letter
  newsletter preview letter.txt
  newsletter new "Walking slowly" --from draft.txt
  newsletter schedule walking --at "tue 9am"
  newsletter run                                 (from cron, every five minutes)
"""


class Program(click.Group):
    """The top group: loads a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"newsletter.cli.verbs.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from None
            raise

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(
            "Write a letter in a file, see it as an email, send it on Tuesday at nine.\n\n"
        )
        formatter.write(f"Examples:\n{EXAMPLES}")
        for group, commands in COMMANDS.items():
            with formatter.section(group):
                formatter.write_dl(list(commands.items()), col_spacing=4)
        with formatter.section("Exit status"):
            formatter.write_dl([(str(code), words) for code, words in EXIT_CODES])
        formatter.write("\n  newsletter COMMAND --help  tells more.\n")


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(package_name="newsletter", message="newsletter %(version)s")
@shared_options
@click.pass_context
def program(context: click.Context, /, **arguments: Any) -> None:
    """Write a letter in a file, see it as an email, send it on Tuesday at nine."""
    call = context.ensure_object(Call)
    take_flags(context, call, arguments)
    if context.invoked_subcommand is None:
        _bare(context, call)


def _bare(context: click.Context, call: Call) -> None:
    """`newsletter` alone: the status inside a project, help outside."""
    folder = (call.folder or Path.cwd()).resolve()
    if any((place / "newsletter.toml").is_file() for place in (folder, *folder.parents)):
        command = program.get_command(context, "status")
        assert command is not None  # noqa: S101  (it stands in the table above)
        context.invoke(command)
    else:
        click.echo(context.get_help())


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the program with `arguments` (default: the process's) and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A cron job's locale is often C: a subject with an umlaut must not end it.
            stream.reconfigure(encoding="utf-8", errors="replace")
    call = Call()
    words = list(arguments) if arguments is not None else [_as_typed(w) for w in sys.argv[1:]]
    try:
        status = program.main(words, prog_name="newsletter", standalone_mode=False, obj=call)
        sys.exit(status if isinstance(status, int) else 0)
    except NewsletterError as error:
        sys.exit(_report(call, error))
    except click.UsageError as error:
        sys.exit(_report_usage(call, error, words))
    except click.ClickException as error:
        sys.exit(_report(call, _plain(error)))
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  (the last door: no traceback reaches a user)
        from newsletter.cli.trouble import unforeseen

        sys.exit(_report(call, unforeseen(call, error)))


def _as_typed(word: str) -> str:
    """A word of the command line as UTF-8, also where the locale made Python read it otherwise."""
    return os.fsencode(word).decode("utf-8", "replace")


def _report(call: Call, error: NewsletterError) -> int:
    if call.verbose > 1:
        traceback.print_exception(error)
    if call.as_json:
        click.echo(call.envelope(error=error))
        return error.exit_code
    if (
        error.exit_code == 75
        and call.command == "run"
        and not call.verbose
        and not sys.stderr.isatty()
    ):
        return 75  # cron mails what is printed; that another run is at it is no news
    where = f"{error.place}: " if isinstance(error, InFile) else ""
    lines = [f"{click.style('error: ', fg='red')}{where}{error.message}"]
    lines += [f"  → {line.strip()}" for line in error.hint.splitlines()]
    for line in lines:
        click.echo(wrapped(line, sys.stderr), err=True, color=call.color)
    return error.exit_code


def _report_usage(call: Call, error: click.UsageError, words: list[str]) -> int:
    from newsletter.cli.suggestion import usage_hint
    from newsletter.errors import WrongUsage

    call.as_json = call.as_json or "--json" in words
    call.no_color = call.no_color or "--no-color" in words
    path = error.ctx.command_path if error.ctx else "newsletter"
    call.command = call.command or path.removeprefix("newsletter").strip()
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        message = f"{path} wants one more word."  # Click's own message is the whole help
    hint = usage_hint(call, error, words)
    more = f"{path} --help"
    return _report(call, WrongUsage(message, hint=f"{hint}\n{more}" if hint else more))


def _plain(error: click.ClickException) -> NewsletterError:
    return NewsletterError(error.format_message())
