"""The `warmline` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command and leave with its exit code: 0 done, 1 not done, 2 not understood."""
    from warmline.cli.command import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
