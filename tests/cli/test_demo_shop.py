"""The demo's shop, without starting it."""

from __future__ import annotations

from warmline.agent.language import detect
from warmline.cli.demo import METHODS, _workspace


def test_the_questions_to_start_with_are_in_the_language_of_the_shop() -> None:
    """A shop has one list of them for all languages: mixed, every visitor would read half of it as foreign."""
    shop = _workspace(METHODS[0], "https://shop.example")
    language = shop.locale.partition("-")[0]
    assert shop.starters
    assert [each for each in shop.starters if detect(each, ("en", "pl"), language) != language] == []
