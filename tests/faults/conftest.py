"""What the fault tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.zygote import Zygote


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """Servers start from it in a tenth of a second."""
    with Zygote() as zygote:
        yield zygote
