"""`warmline receive`: a mail from standard input, as a mail server hands it over."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from warmline.cli.session import json_argument, opened, print_json

NOBODY, LATER = 67, 75
"""Exit codes of sysexits.h: the mail server tells the sender, or tries again."""
LARGEST = 10 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="ADDRESS", help="the recipient that the mail server knows (the envelope's)")
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.receive_mail import receive_mail
    from warmline.errors import Invalid, NotFound, TooMany, Unavailable

    raw = sys.stdin.buffer.read(LARGEST + 1)
    if len(raw) > LARGEST:
        print("The mail is larger than 10 MiB.", file=sys.stderr)
        return NOBODY
    try:
        async with opened(env) as machine:
            fate = await receive_mail(machine.app, raw, args.to)
    except (NotFound, Invalid) as error:
        print(error, file=sys.stderr)
        return NOBODY
    except (TooMany, Unavailable) as error:
        print(error, file=sys.stderr)
        return LATER
    if args.json:
        print_json({"fate": fate.value})
    else:
        print(fate.value)
    return 0
