"""Secrets at rest: sealed with a key that is worth its name, and readable with no other."""

from __future__ import annotations

import base64
import secrets

import pytest

from tests.store.conftest import KEY
from warmline.errors import SettingsError
from warmline.store.vault import Vault, fresh_key, hash_token, token

SECRET = {"client_secret": "s3cr3t-ąę", "nested": {"a": [1, None, True]}}


def test_what_is_sealed_is_unreadable_and_comes_back_whole() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(SECRET)
    assert b"s3cr3t" not in sealed
    assert vault.open(sealed) == SECRET
    assert vault.seal(SECRET) != sealed, "the same secret twice does not look the same"


def test_another_key_or_a_changed_byte_opens_nothing() -> None:
    sealed = Vault(KEY).seal(SECRET)
    with pytest.raises(SettingsError, match="WARMLINE_SECRET_KEY"):
        Vault(fresh_key()).open(sealed)
    for broken in (sealed[:-1], sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:], b""):
        with pytest.raises((SettingsError, ValueError)):
            Vault(KEY).open(broken)


@pytest.mark.parametrize(
    "key",
    [
        "", "short", "a" * 31, "a" * 64, "ab" * 32, "0" * 100, "password" * 8, "\x00" * 64,
        base64.urlsafe_b64encode(bytes(32)).decode(), base64.urlsafe_b64encode(b"1234" * 8).decode(),
        base64.urlsafe_b64encode(secrets.token_bytes(16)).decode(),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_weak_key_starts_nothing_and_the_message_says_how_to_make_a_good_one(key: str) -> None:
    with pytest.raises(SettingsError, match="token_urlsafe"):
        Vault(key)


@pytest.mark.parametrize(
    "key",
    [fresh_key(), secrets.token_urlsafe(32), secrets.token_hex(32), "correct horse battery staple, and a cow"],
    ids=["ours", "url-safe", "hex", "words"],  # each worker of a parallel run must name them alike
)
def test_a_key_of_thirty_two_varied_bytes_is_taken_in_any_usual_spelling(key: str) -> None:
    vault = Vault(key)
    assert Vault(key).open(vault.seal(SECRET)) == SECRET


def test_the_padding_of_a_key_does_not_matter() -> None:
    key = fresh_key()
    assert Vault(key.rstrip("=")).open(Vault(key).seal(SECRET)) == SECRET


def test_a_mark_is_the_same_for_the_same_network_and_key_only() -> None:
    assert Vault(KEY).mark("10.0.0.1") == Vault(KEY).mark("10.0.0.1")
    assert len({Vault(KEY).mark("10.0.0.1"), Vault(KEY).mark("10.0.0.2"), Vault(fresh_key()).mark("10.0.0.1")}) == 3


def test_tokens_are_long_never_the_same_and_hashed_without_complaint() -> None:
    made = {token("wlv") for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) >= 47 for each in made)
    assert len({hash_token(each) for each in [*made, "", "\ud800", "ż"]}) == 103
