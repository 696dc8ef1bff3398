"""Public holidays of a country, from the `holidays` package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from warmline.errors import Invalid


@lru_cache(maxsize=64)
def holidays_of(country: str) -> Callable[[date], bool]:
    """ "Is this day a holiday there?" for a country code such as PL, or PL-… with a region. Raises Invalid."""
    import holidays  # half a second that a shop without holidays need not wait for

    code, _, region = country.partition("-")
    try:
        calendar = holidays.country_holidays(code, subdiv=region or None)
    except NotImplementedError as error:
        raise Invalid(
            f'"{country}" is no country that we know holidays of. Use a code such as PL.', "office_hours.holidays"
        ) from error
    return lambda day: day in calendar


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """Codes of the countries whose holidays are known. The first call takes as long as the import: make it in a thread.

    From the package's register: its own list loads the calendars of all countries, which takes over a second.
    """
    from holidays.registry import COUNTRIES

    return tuple(sorted(names[1] for names in COUNTRIES.values()))
