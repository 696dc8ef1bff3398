"""A teammate comes in with address and password. Wrong guesses are few a minute, and tell nothing (THREATS T4, T9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from warmline.actions.app import App
from warmline.actions.passwords import fits
from warmline.domain.ids import TeammateId
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid, NotAuthenticated, NotFound, TooMany
from warmline.store.base import Candidate, Session, Teammate, Transaction

PER_ACCOUNT, PER_NETWORK = 20, 60
"""Guesses that are looked at in one minute."""
MOST_SHOPS = 4
"""So many memberships of one address are tried; whoever has more opens the sign-in page of one shop."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed. `known` is the mark of a browser in which this address was signed in before: it has guesses
    of its own, so that strangers cannot lock its owner out. `workspace` narrows the search to one shop."""

    email: str
    password: str = field(repr=False)
    network: str
    known: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`session` is the value of the new cookie; `device` marks this browser for the next time."""

    session: str
    device: str
    teammate: Teammate


async def sign_in(app: App, attempt: Attempt) -> SignedIn:
    """Raises NotAuthenticated, the same for every reason, and TooMany."""
    key = _key(attempt.email)
    device = app.store.vault.mark(f"device {key}")
    account = f"device {device}" if attempt.known == device else f"account {app.store.vault.mark(key)}"
    network = f"network {app.store.vault.mark(attempt.network)}"
    await _allow(app, {account: PER_ACCOUNT, network: PER_NETWORK})
    matching = await _matching(app, key, attempt)
    if not matching:
        raise NotAuthenticated("This e-mail and password do not fit together.")
    first, *also = matching

    def let_in(tx: Transaction) -> str:
        tx.forget_tries(account)
        return tx.open_session(first, [each.id for each in also], app.clock())

    return SignedIn(await app.store.write(let_in), device, first)


async def sign_out(app: App, session: Session, everywhere: bool = False) -> None:
    """Here, or in every browser; whoever is signed in nowhere is away."""

    def end(tx: Transaction) -> None:
        if everywhere:
            tx.end_sessions(session.teammate.id)
        else:
            tx.end_session(session.value)

    await app.store.write(end)


async def switch_shop(app: App, session: Session, to: TeammateId) -> str:
    """A new session as the same person in another shop. Raises NotFound where their password did not open it."""
    if to not in session.also:
        raise NotFound("You are not signed in there.")

    def change(tx: Transaction) -> str:
        there = tx.candidate(to)
        if there is None:
            raise NotFound("You are not a member there any more.")
        tx.end_session(session.value)
        also = [each for each in (*session.also, session.teammate.id) if each != to]
        return tx.open_session(there.teammate, also, app.clock())

    return await app.store.write(change)


async def _allow(app: App, marks: dict[str, int]) -> None:
    """Count this guess. Raises TooMany: then it is not looked at, and nothing is written."""
    now = app.clock()
    wait = 60 - now.second
    if await app.store.read(lambda tx: any(tx.tries(mark, now) >= most for mark, most in marks.items())):
        raise TooMany("Too many attempts. Wait a minute, then try again.", wait)
    counts = await app.store.write(lambda tx: {mark: tx.count_try(mark, now) for mark in marks})
    if any(counts[mark] > most for mark, most in marks.items()):
        raise TooMany("Too many attempts. Wait a minute, then try again.", wait)


async def _matching(app: App, key: str, attempt: Attempt) -> list[Teammate]:
    """Always as many hashes as there could be memberships: the time says nothing about an address."""

    def load(tx: Transaction) -> tuple[list[Candidate], int]:
        shops = 1 if attempt.workspace else min(len(tx.workspaces()), MOST_SHOPS)
        return tx.candidates(key, attempt.workspace, MOST_SHOPS), max(shops, 1)

    found, wanted = await app.store.read(load)
    hashes = [each.password_hash for each in found] + [None] * (wanted - len(found))
    good = [await fits(attempt.password, each) for each in hashes]
    return [each.teammate for each, fine in zip(found, good, strict=False) if fine]


def _key(email: str) -> str:
    """The address as it is stored; something that is no address is known to nobody."""
    try:
        return EmailAddress.parse(email).key
    except Invalid:
        return f"no address {email[:254]}".encode("utf-8", "replace").decode()
