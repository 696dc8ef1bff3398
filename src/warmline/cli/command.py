"""Reads the command line and calls the verb. Verbs are imported when they are called: `--help` costs nothing."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from warmline import __version__
from warmline.errors import WarmlineError


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: its module in `warmline.cli` holds `arguments(parser)` and `async run(args, env) -> int`."""

    name: str
    module: str
    help: str


VERBS = (
    Verb("serve", "serve", "Start the server: widget, API, console and worker in one process."),
    Verb("work", "work", "Start a worker alone, beside servers that share the database."),
    Verb("demo", "demo_command", "Start everything to try: a shop, its help pages, sandboxes, a server."),
    Verb("learn", "learn", "Learn a site, a folder or a file."),
    Verb("ask", "ask", "Ask as a shopper would, and see the answer or the decision with its trace."),
    Verb("rules", "rules", "Try the escalation rules on what a shopper might write."),
    Verb("cases", "cases", "Saved questions with the page that is right: which pass now, which broke."),
    Verb("eval", "eval", "Measure the agent's decisions against sets of questions."),
    Verb("calibrate", "calibrate", "How sure the agent must be, what that has meant, and what it costs."),
    Verb("report", "report", "Resolution rate, Routed to team and the unanswered questions."),
    Verb("apply", "apply", "Set up a workspace from a TOML file."),
    Verb("dump", "dump", "Print a workspace as the TOML that apply takes."),
    Verb("user", "user", "Add a member, or make a new one-time link for one."),
    Verb("key", "key", "Make, list and revoke API keys; change the secret key."),
    Verb("receive", "receive", "Take a mail from standard input: a shopper answers one of ours."),
    Verb("forget", "forget", "Forget what the agent noted of a conversation and learned from it."),
    Verb("migrate", "migrate", "Bring the database to the present shape."),
    Verb("backup", "backup", "Copy the database while it runs."),
    Verb("restore", "restore", "Make a backup the database again."),
    Verb("doctor", "doctor", "Check everything and say the remedy."),
)


LONG_RUNNING = {"serve", "work", "demo"}


def run(argv: Sequence[str]) -> int:
    """Parse and run; the exit code."""
    verb, args = parse(argv)
    try:
        with asyncio.Runner(loop_factory=_loop(verb)) as runner:
            code = runner.run(perform(verb, args, dict(os.environ)))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return 141  # what a shell says of a program that SIGPIPE ended


def _nobody_reads() -> bool:
    """Has the reader of standard output gone, as in `| head`? Then what is still to be printed goes nowhere."""
    try:
        print(flush=True)
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


async def perform(verb: Verb, args: argparse.Namespace, env: dict[str, str]) -> int:
    """Run it in this environment; errors are one line on stderr and exit code 1."""
    module = import_module(f"warmline.cli.{verb.module}")
    action: Callable[[argparse.Namespace, dict[str, str]], Coroutine[Any, Any, int]] = module.run
    try:
        return await action(args, env)
    except WarmlineError as error:
        _tell(verb, args, error)
        return 1


def parse(argv: Sequence[str]) -> tuple[Verb, argparse.Namespace]:
    """Two steps, so that only the verb that is asked for is imported."""
    verbs = {verb.name: verb for verb in VERBS}
    listing = "\n".join(f"  {verb.name:9} {verb.help}" for verb in VERBS)
    parser = argparse.ArgumentParser(
        prog="warmline",
        description="An AI customer-service agent for online shops that hands off to a human.",
        epilog=f"commands:\n{listing}\n\nwarmline COMMAND --help says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"warmline {__version__}")
    parser.add_argument("command", choices=sorted(verbs), metavar="COMMAND")
    chosen = verbs[parser.parse_args(argv[:1]).command]
    own = argparse.ArgumentParser(prog=f"warmline {chosen.name}", description=chosen.help)
    import_module(f"warmline.cli.{chosen.module}").arguments(own)
    return chosen, own.parse_args(argv[1:])


def _tell(verb: Verb, args: argparse.Namespace, error: WarmlineError) -> None:
    """One line that names the field at fault; with --json also an object on stdout."""
    field, message = getattr(error, "field", None), str(error)
    if field and not message.startswith(f"{field}"):
        message = f"{field}: {message}"
    print(f"warmline {verb.name}: {message}", file=sys.stderr)
    if getattr(args, "json", False):
        print(json.dumps({"error": str(error), "field": field}, ensure_ascii=False))


def _loop(verb: Verb) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The fast loop for what runs long, where it is installed; the ordinary one starts sooner."""
    if verb.name not in LONG_RUNNING:
        return None
    try:
        uvloop = import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
