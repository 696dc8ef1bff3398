"""`python -m warmline.sandbox`: the sandbox as a process of its own. Its first line is its addresses, as JSON."""

import argparse
import json
import os
import signal
import sys
import threading

from warmline.sandbox.sandbox import Sandbox


def main() -> None:
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if options.until_stdin_closes:
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    with Sandbox(options.host, options.port, options.smtp_port, options.state, options.seed) as sandbox:
        sys.stdout.write(json.dumps(sandbox.urls()) + "\n")
        sys.stdout.flush()
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m warmline.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="HTTP port; 0 takes a free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="SMTP port; 0 takes a free one")
    parser.add_argument("--state", help="also write the addresses to this file while running")
    parser.add_argument("--seed", type=int, default=0, help="of the random faults")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the program that started it ends")
    return parser.parse_args()


def _wait_for_end_of_input(stop: threading.Event) -> None:
    # os.read, not a buffered reader: a daemon thread that holds sys.stdin's lock crashes the interpreter at its end.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
