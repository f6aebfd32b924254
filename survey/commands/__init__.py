"""The command line `renkedu`.

Each command is imported when it is called: checking a certificate must need neither the site's
libraries nor their start-up time.
"""

from __future__ import annotations

import sys
import unicodedata
from importlib import import_module

import click

from sampling.problems import Problem, Problems

DIFFERENT = 1
"""Exit code of a check that found a difference."""

BAD_INPUT = 2

# command -> (module, attribute); the help of the group is made from the commands' own.
COMMANDS = {
    "plan": ("survey.commands.plan", "plan"),
    "draw": ("survey.commands.draw", "draw"),
    "frame": ("survey.commands.frame", "frame"),
    "ceremony": ("survey.commands.ceremony", "ceremony"),
    "release": ("survey.commands.release", "release"),
    "verify": ("survey.commands.verify", "verify"),
    "certificate": ("survey.commands.certificate", "certificate"),
    "rules": ("survey.commands.rules", "rules"),
    "questionnaire": ("survey.commands.questionnaire", "questionnaire"),
    "rate": ("survey.commands.rate", "rate"),
    "cv": ("survey.commands.judge", "cv"),
    "template": ("survey.commands.template", "template"),
    "assess": ("survey.commands.assess", "assess"),
    "verdict": ("survey.commands.judge", "verdict"),
    "what-if": ("survey.commands.what_if", "what_if"),
    "way-out": ("survey.commands.way_out", "way_out"),
    "application": ("survey.commands.application", "application"),
    "self-report": ("survey.commands.self_report", "self_report"),
    "ledger": ("survey.commands.ledger", "ledger"),
    "procedure": ("survey.commands.procedure", "procedure"),
    "round-key": ("survey.commands.round_key", "round_key"),
    "tally": ("survey.commands.tally", "tally"),
    "contacts": ("survey.commands.contacts", "contacts"),
    "serve": ("survey.commands.site", "serve"),
    "db": ("survey.commands.site", "db"),
    "admin": ("survey.commands.site", "admin"),
    "audit": ("survey.commands.audit", "audit"),
    "demo": ("survey.commands.demo", "demo"),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order in which the work goes."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command."""
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="renkedu")
def main_group() -> None:
    """认可度: from a county's roster to a verdict that anybody can check.

    Errors go to standard error, a line each. Exit codes: 0 done, 1 a check found a difference,
    2 bad input or usage.
    """


def main() -> None:
    """Run the command line; what is wrong with an input is told in lines, not traced."""
    try:
        sys.exit(main_group(standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        tell(error.format_message())
    except click.Abort:
        tell("interrupted")
    except Problem as error:
        tell(str(error))
    except Problems as error:
        for problem in error.problems:
            tell(str(problem))
    except OSError as error:
        tell(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    sys.exit(BAD_INPUT)


def tell(text: str) -> None:
    """Say on standard error what is wrong: one line, whatever a file made `text` hold."""
    click.echo(f"renkedu: {''.join(map(escape_control, text))}", err=True)


def escape_control(character: str) -> str:
    r"""Return a character, or how Python writes it if it would end, turn or hide the line.

    >>> [escape_control(character) for character in "a 县\n\x1b"]
    ['a', ' ', '县', '\\n', '\\x1b']
    """
    is_harmless = unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"
    return character if is_harmless else repr(character)[1:-1]
