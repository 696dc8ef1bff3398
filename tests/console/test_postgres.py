"""The console on PostgreSQL: the stories of the other files once more, a few of each page. The rules of their own of
the two databases (order, folding, times, JSON, conflicts) meet here what pages do with them.

The tests are those of the other files; only their house is another one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console.browser import Visit, a_console, words
from tests.console.test_dashboard import (
    test_a_number_opens_the_conversations_that_it_counts,
    test_confirmed_and_assumed_stand_apart_with_their_numbers,
    test_unanswered_questions_lead_to_an_answer,
)
from tests.console.test_figures import test_every_kind_of_change_leads_to_the_figures_of_a_whole_recount
from tests.console.test_handoff import (
    test_a_custom_message_with_links_is_saved_and_said_so,
    test_two_who_change_it_at_once_see_both_versions,
)
from tests.console.test_inbox import (
    test_accept_reply_note_and_close,
    test_hand_back,
    test_the_card_at_the_joint_says_why,
    test_the_longest_wait_stands_first,
    test_the_same_reply_sent_twice_is_said_once,
    test_the_second_who_accepts_is_told_who_has_it_and_stays_on_the_list,
    test_the_tabs_count_and_hold_what_they_say,
)
from tests.console.test_knowledge_pages import (
    test_a_written_answer_is_learned_at_once_and_tried,
    test_two_who_change_one_answer_see_both_versions_and_lose_none,
)
from tests.console.test_lessons import (
    test_pages_that_are_asked_for_most_come_first_and_five_at_most,
    test_the_pages_own_phrasings_count_each_once,
)
from tests.console.test_needs_page import PATH, stuck
from tests.console.test_sign_in import (
    test_t7_a_new_password_ends_all_other_sessions,
    test_what_was_typed_survives_the_end_of_the_session,
)
from tests.console.test_team import (
    test_a_key_is_shown_once_works_and_is_revoked,
    test_somebody_is_invited_and_the_link_is_shown_once,
    test_the_last_owner_stays,
    test_two_who_change_the_shop_see_the_others_values,
)
from tests.store.conftest import our_database, our_postgres_url, postgres_url
from tests.web.house import House, a_house

__all__ = [
    "our_database",
    "our_postgres_url",
    "postgres_url",
    "test_a_custom_message_with_links_is_saved_and_said_so",
    "test_a_key_is_shown_once_works_and_is_revoked",
    "test_a_number_opens_the_conversations_that_it_counts",
    "test_a_written_answer_is_learned_at_once_and_tried",
    "test_accept_reply_note_and_close",
    "test_confirmed_and_assumed_stand_apart_with_their_numbers",
    "test_every_kind_of_change_leads_to_the_figures_of_a_whole_recount",
    "test_hand_back",
    "test_pages_that_are_asked_for_most_come_first_and_five_at_most",
    "test_somebody_is_invited_and_the_link_is_shown_once",
    "test_t7_a_new_password_ends_all_other_sessions",
    "test_the_card_at_the_joint_says_why",
    "test_the_last_owner_stays",
    "test_the_longest_wait_stands_first",
    "test_the_pages_own_phrasings_count_each_once",
    "test_the_same_reply_sent_twice_is_said_once",
    "test_the_second_who_accepts_is_told_who_has_it_and_stays_on_the_list",
    "test_the_tabs_count_and_hold_what_they_say",
    "test_two_who_change_it_at_once_see_both_versions",
    "test_two_who_change_one_answer_see_both_versions_and_lose_none",
    "test_two_who_change_the_shop_see_the_others_values",
    "test_unanswered_questions_lead_to_an_answer",
    "test_what_was_typed_survives_the_end_of_the_session",
]

pytestmark = pytest.mark.xdist_group("postgres")


@pytest_asyncio.fixture
async def house(tmp_path: Path, our_postgres_url: str) -> AsyncIterator[House]:
    async with a_house(tmp_path / "house", WARMLINE_DATABASE_URL=our_postgres_url) as house:
        yield house


@pytest_asyncio.fixture
async def console(tmp_path: Path, our_postgres_url: str) -> AsyncIterator[tuple[House, Visit]]:
    async with a_console(tmp_path / "data", WARMLINE_DATABASE_URL=our_postgres_url) as found:
        yield found


async def test_what_needs_a_person_stands_on_its_page(console: tuple[House, Visit]) -> None:
    house, desk = console
    chat = await stuck(house, "No such brand.", second="inbox")
    assert "Zendesk refused this ticket for good" in words(await desk.see(PATH))
    assert "Second destination Inbox takes over" in words(await desk.see(f"/inbox/{chat.id}?show=open"))
