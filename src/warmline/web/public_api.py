"""The API for the team and for programs: `/api/v1`, by workspace API keys with scopes."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1", tags=["team"])
