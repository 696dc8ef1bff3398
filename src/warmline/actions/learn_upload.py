"""A file that somebody sent: read at once, and kept as knowledge only; the file itself is thrown away."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

from warmline.actions.app import App
from warmline.actions.learn_source import Learned, learn_source
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.errors import Invalid, TooLarge

MOST_BYTES = 10 * 1024 * 1024
KINDS = (".md", ".markdown", ".html", ".htm", ".txt", ".csv")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x7fELF", b"\x1f\x8b", b"Rar!", b"7z\xbc")
"""How files begin that are no text, whatever their name says."""


async def learn_upload(app: App, workspace: WorkspaceId, name: str, body: bytes) -> Learned:
    """One file of the same name takes the place of the one before. Raises Invalid and TooLarge."""
    shown = upload_name(name)
    if len(body) > MOST_BYTES:
        raise TooLarge(f"{shown} is larger than {MOST_BYTES // 1024 // 1024} MiB.")
    if body.startswith(_BINARY) or (b"\x00" in body and not _is_utf_16(body)):
        raise Invalid(f"{shown} is not a text file. Save it as md, html, txt or csv.", "file")
    with TemporaryDirectory(prefix="warmline-upload-") as folder:
        path = Path(folder) / shown
        await asyncio.to_thread(path.write_bytes, body)
        return await learn_source(app, workspace, shown, SourceKind.FILES, read_from=str(path))


def upload_name(name: str) -> str:
    """A plain file name: no folder, no hidden character, an ending that we read. Raises Invalid (THREATS T24)."""
    text = unicodedata.normalize("NFKC", name)
    text = "".join(each for each in text if unicodedata.category(each) not in {"Cf", "Cc", "Cs", "Co", "Cn"})
    text = re.sub(r'[<>:"|?*]', "_", re.split(r"[/\\]", text)[-1]).strip(" .")
    ending = Path(text).suffix.lower()
    stem = text[: -len(ending)].strip(" .") if ending else text
    if ending not in KINDS or not stem:
        raise Invalid("Files of these kinds are read: md, html, txt, csv.", "file")
    return f"{stem.encode()[:100].decode(errors='ignore')}{ending}"


def _is_utf_16(body: bytes) -> bool:
    return body.startswith((b"\xff\xfe", b"\xfe\xff"))
