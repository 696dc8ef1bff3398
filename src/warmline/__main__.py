"""The `warmline` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command and leave with its exit code: 0 done, 1 not done, 2 not understood."""
    # Small products of matrices, and several processes on few cores: threads of BLAS would wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from warmline.cli.command import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
