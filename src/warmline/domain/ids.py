"""The ids of things, each a type of its own, and how new ones are made."""

from __future__ import annotations

import secrets
from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
SiteKey = NewType("SiteKey", str)
VisitorId = NewType("VisitorId", str)
ConversationId = NewType("ConversationId", str)
TeammateId = NewType("TeammateId", str)
EffectId = NewType("EffectId", str)
SourceId = NewType("SourceId", str)
ArticleId = NewType("ArticleId", str)
ChunkId = NewType("ChunkId", str)
WorkerId = NewType("WorkerId", str)
Seq = NewType("Seq", int)


def fresh(prefix: str) -> str:
    """A new id with 128 random bits, such as `cnv_3f…`; nobody can guess one."""
    return f"{prefix}_{secrets.token_hex(16)}"
