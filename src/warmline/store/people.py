"""Visitors and teammates, and the tokens, keys and links by which they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from warmline.domain.ids import TeammateId, VisitorId, WorkspaceId, fresh
from warmline.domain.visitor import Contact, EmailAddress, Identity, Proof, Visitor
from warmline.domain.workspace import Role
from warmline.errors import Conflict, NotFound
from warmline.store.statements import Row, Statements, dumps, listed, loads, maybe_moment, micros
from warmline.store.vault import hash_token, token

VISITOR_TOKEN_LIFE = timedelta(hours=24)
RENEWABLE = timedelta(days=14)
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Teammate:
    """A human who answers. `available_until` None: away; `lang` None: the console speaks their browser's language."""

    id: TeammateId
    workspace: WorkspaceId
    email: str
    name: str
    role: Role
    available_until: datetime | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who an API key speaks for, and what it may do."""

    teammate: Teammate
    scopes: frozenset[str]
    key_id: str


class People(Statements):
    """Visitors, teammates, and how they come in."""

    def add_visitor(self, workspace: WorkspaceId, identity: Identity | None, network: str, now: datetime) -> Visitor:
        visitor = Visitor(VisitorId(fresh("vis")), workspace, identity)
        self.put(
            "visitor",
            id=visitor.id,
            workspace=workspace,
            identity=dumps(_identity_data(identity)) if identity else None,
            network=network,
            created_at=micros(now),
        )
        return visitor

    def visitor(self, id: VisitorId) -> Visitor:
        row = self.row("SELECT * FROM visitor WHERE id = :id", id=id)
        if row is None:
            raise NotFound("There is no such visitor.")
        return _visitor(row)

    def visitors_in(self, ids: Sequence[str]) -> dict[str, Visitor]:
        """Id → visitor."""
        few = listed(ids)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(f"SELECT * FROM visitor WHERE id IN ({names})", **few)  # noqa: S608 names are our own
        return {row["id"]: _visitor(row) for row in rows}

    def identify(self, id: VisitorId, identity: Identity) -> None:
        """The shop vouches for them now; an address that it proves takes the place of one that was typed."""
        drop = ", email = NULL, proof = NULL" if identity.contact else ""
        self.run(
            f"UPDATE visitor SET identity = :identity{drop} WHERE id = :id",  # noqa: S608 one of two texts
            id=id,
            identity=dumps(_identity_data(identity)),
        )

    def set_contact(self, id: VisitorId, contact: Contact) -> None:
        self.run(
            "UPDATE visitor SET email = :email, proof = :proof WHERE id = :id",
            id=id,
            email=contact.email.value,
            proof=contact.proof.value,
        )

    def give_token(self, visitor: Visitor, now: datetime) -> str:
        """A new bearer token of this visitor, shown once."""
        value = token("wlv")
        self.put(
            "visitor_token",
            hash=hash_token(value),
            workspace=visitor.workspace,
            visitor=visitor.id,
            expires_at=micros(now + VISITOR_TOKEN_LIFE),
            renewable_until=micros(now + VISITOR_TOKEN_LIFE + RENEWABLE),
        )
        return value

    def visitor_by_token(self, value: str, now: datetime, renewing: bool = False) -> Visitor | None:
        """Whose token this is while it lives; with `renewing` also one that has expired, for 14 days."""
        until = "renewable_until" if renewing else "expires_at"
        row = self.row(
            "SELECT v.* FROM visitor_token t JOIN visitor v ON v.id = t.visitor"  # noqa: S608 one of two names
            f" WHERE t.hash = :hash AND t.{until} > :now",
            hash=hash_token(value),
            now=micros(now),
        )
        return _visitor(row) if row else None

    def living_tokens(self, values: Sequence[str], now: datetime) -> set[str]:
        """Those of these visitors' tokens that still work."""
        by_hash = {hash_token(value): value for value in values}
        few = listed(by_hash)
        names = ", ".join(f":{name}" for name in few) or "NULL"
        rows = self.rows(
            f"SELECT hash FROM visitor_token WHERE hash IN ({names}) AND expires_at > :now",  # noqa: S608 our own
            now=micros(now),
            **few,
        )
        return {by_hash[row["hash"]] for row in rows}

    def retire_token(self, value: str, now: datetime) -> None:
        """It works five minutes more, and renews nothing after that."""
        soon = micros(now + GRACE)
        self.run(
            "UPDATE visitor_token SET expires_at = CASE WHEN expires_at < :soon THEN expires_at ELSE :soon END,"
            " renewable_until = :soon WHERE hash = :hash",
            hash=hash_token(value),
            soon=soon,
        )

    def add_teammate(
        self, workspace: WorkspaceId, email: EmailAddress, name: str, role: Role, now: datetime
    ) -> Teammate:
        """Raises Conflict when the address is taken."""
        if self.teammate_by_email(workspace, email) is not None:
            raise Conflict(f"{email.value} is a member already.", "exists")
        teammate = Teammate(TeammateId(fresh("tm")), workspace, email.key, name, role)
        self.put(
            "teammate",
            id=teammate.id,
            workspace=workspace,
            email=email.key,
            name=name,
            role=role.value,
            created_at=micros(now),
        )
        return teammate

    def change_teammate(self, id: TeammateId, name: str, role: Role) -> None:
        """Another role ends their sessions: what they may do is not what it was when they signed in."""
        self.run(
            "DELETE FROM session WHERE teammate IN (SELECT id FROM teammate WHERE id = :id AND role <> :role)",
            id=id,
            role=role.value,
        )
        self.run("UPDATE teammate SET name = :name, role = :role WHERE id = :id", id=id, name=name, role=role.value)

    def remove_teammate(self, workspace: WorkspaceId, id: TeammateId) -> None:
        """Their sessions, keys and open links end with them."""
        self.run("DELETE FROM session WHERE teammate = :id AND workspace = :workspace", id=id, workspace=workspace)
        self.run("DELETE FROM link WHERE subject = :id AND workspace = :workspace", id=id, workspace=workspace)
        self.run("DELETE FROM api_key WHERE teammate = :id AND workspace = :workspace", id=id, workspace=workspace)
        self.run("DELETE FROM teammate WHERE id = :id AND workspace = :workspace", id=id, workspace=workspace)

    def teammates(self, workspace: WorkspaceId) -> list[Teammate]:
        rows = self.rows("SELECT * FROM teammate WHERE workspace = :workspace ORDER BY email", workspace=workspace)
        return [teammate_from(row) for row in rows]

    def teammate_by_email(self, workspace: WorkspaceId, email: EmailAddress) -> Teammate | None:
        row = self.row(
            "SELECT * FROM teammate WHERE workspace = :workspace AND email = :email",
            workspace=workspace,
            email=email.key,
        )
        return teammate_from(row) if row else None

    def set_available(self, id: TeammateId, until: datetime | None) -> None:
        self.run(
            "UPDATE teammate SET available_until = :until WHERE id = :id",
            id=id,
            until=micros(until) if until else None,
        )

    def anyone_available(self, workspace: WorkspaceId, now: datetime) -> bool:
        """Is there a teammate with status Available who may answer?"""
        row = self.row(
            "SELECT 1 AS one FROM teammate WHERE workspace = :workspace AND available_until > :now"
            " AND role <> 'analyst' LIMIT 1",
            workspace=workspace,
            now=micros(now),
        )
        return row is not None

    def add_key(
        self, teammate: Teammate, scopes: Sequence[str], label: str, now: datetime, value: str | None = None
    ) -> str:
        """A new API key, shown once. `value` only for a demo that must print the same one again."""
        value = value or token("wlk")
        self.put(
            "api_key",
            conflict="hash",
            hash=hash_token(value),
            id=fresh("key"),
            workspace=teammate.workspace,
            teammate=teammate.id,
            scopes=dumps(sorted(scopes)),
            label=label,
            created_at=micros(now),
        )
        return value

    def key_holder(self, value: str) -> KeyHolder | None:
        row = self.row(
            "SELECT t.*, k.scopes, k.id AS key_id FROM api_key k JOIN teammate t ON t.id = k.teammate"
            " WHERE k.hash = :hash AND k.revoked_at IS NULL",
            hash=hash_token(value),
        )
        return KeyHolder(teammate_from(row), frozenset(loads(row["scopes"])), row["key_id"]) if row else None

    def keys(self, workspace: WorkspaceId) -> list[Row]:
        return self.rows(
            "SELECT k.id, k.label, k.scopes, k.created_at, k.revoked_at, t.email FROM api_key k"
            " JOIN teammate t ON t.id = k.teammate WHERE k.workspace = :workspace ORDER BY k.created_at",
            workspace=workspace,
        )

    def revoke_key(self, workspace: WorkspaceId, id: str, now: datetime) -> None:
        changed = self.run(
            "UPDATE api_key SET revoked_at = :now WHERE id = :id AND workspace = :workspace AND revoked_at IS NULL",
            id=id,
            workspace=workspace,
            now=micros(now),
        )
        if changed != 1:
            raise NotFound("There is no such key.")

    def add_link(
        self, workspace: WorkspaceId, purpose: str, subject: str, life: timedelta, uses: int, now: datetime
    ) -> str:
        """A secret for one purpose (`invite`, `resume`), 256 random bits, stored hashed."""
        value = token("wll")
        self.put(
            "link",
            hash=hash_token(value),
            workspace=workspace,
            purpose=purpose,
            subject=subject,
            expires_at=micros(now + life),
            uses_left=uses,
        )
        return value

    def use_link(self, value: str, purpose: str, now: datetime) -> Row | None:
        """Use it once; None when it is unknown, for another purpose, used up or too old."""
        changed = self.run(
            "UPDATE link SET uses_left = uses_left - 1 WHERE hash = :hash AND purpose = :purpose AND uses_left > 0"
            " AND expires_at > :now",
            hash=hash_token(value),
            purpose=purpose,
            now=micros(now),
        )
        return self.row("SELECT * FROM link WHERE hash = :hash", hash=hash_token(value)) if changed == 1 else None


def _identity_data(identity: Identity) -> dict[str, Any]:
    return asdict(identity) | {"email": identity.email.value if identity.email else None}


def _identity(data: Mapping[str, Any]) -> Identity:
    email = EmailAddress(data["email"]) if data["email"] else None
    return Identity(**(dict(data) | {"email": email}))


def _visitor(row: Row) -> Visitor:
    contact = Contact(EmailAddress(row["email"]), Proof(row["proof"])) if row["email"] else None
    identity = _identity(loads(row["identity"])) if row["identity"] else None
    return Visitor(row["id"], row["workspace"], identity, contact)


def teammate_from(row: Row) -> Teammate:
    return Teammate(
        row["id"],
        row["workspace"],
        row["email"],
        row["name"],
        Role(row["role"]),
        maybe_moment(row["available_until"]),
        row["lang"],
    )
