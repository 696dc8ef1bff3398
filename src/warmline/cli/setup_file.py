"""Reads the TOML file of `apply`; whatever is wrong with it is an Invalid that names the field and the way out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warmline.actions.connect_integration import HELPDESK, PROFILES, connection
from warmline.actions.save_case import wording_of
from warmline.actions.save_workspace import Member, Wanted
from warmline.domain.cases import LONGEST_CASE, LONGEST_PAGE, MOST_CASES
from warmline.domain.knowledge import SourceKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Calendars, Reader, Role, Table, parse_workspace
from warmline.errors import Invalid
from warmline.store.base import Integration
from warmline.web.identity import identity_keys_of, identity_secret

SETTINGS = ("workspace", "handoff", "office_hours", "limits", "rules")
TABLES = (*SETTINGS, "identity", "helpdesks", "profiles", "knowledge", "members", "cases")
_SECRET = re.compile(r"(^|_)(secret|token|key|password)$")
"""Keys of a connection that hold a secret, in our adapters and in those of plug-ins."""


@dataclass(frozen=True, slots=True)
class KnowledgeSource:
    """A site, or a file or folder by its whole path."""

    address: str
    kind: SourceKind
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a file says."""

    wanted: Wanted
    sources: tuple[KnowledgeSource, ...]


def read_setup(path: Path, env: Mapping[str, str], calendars: Calendars, prune: bool = False) -> Setup:
    """Everything in the file, references resolved. Relative paths in it are relative to it."""
    tables = _parsed(path)
    unknown = sorted(set(tables) - set(TABLES))
    if unknown:
        raise Invalid(f"There is no table {unknown[0]}; there are {', '.join(TABLES)}.", unknown[0])
    if "workspace" not in tables:
        raise Invalid('The table [workspace] is missing; it needs at least name = "…".', "workspace")
    for name in SETTINGS:
        Reader(name, tables.get(name, {}))
    references = _References(path.parent, env)
    workspace = parse_workspace({name: tables[name] for name in SETTINGS if name in tables}, calendars)
    sources = _sources(tables.get("knowledge", []), path.parent)
    wanted = Wanted(
        workspace,
        integrations=(
            *_connections(HELPDESK, "helpdesks", tables.get("helpdesks", {}), references),
            *_connections(PROFILES, "profiles", tables.get("profiles", {}), references),
        ),
        identity=_identity(tables.get("identity"), references),
        members=_members(tables.get("members", [])),
        sources={source.address: source.base_url for source in sources},
        cases=_cases(tables.get("cases", [])),
        prune=prune,
    )
    return Setup(wanted, sources)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid(f"{path} cannot be read ({error.strerror}).", "file") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is no UTF-8 text. Save it as UTF-8.", "file") from error
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"{path} is no TOML: {error}", "file") from error


# Secrets


@dataclass(frozen=True, slots=True)
class _References:
    """Finds what `{env = "NAME"}` and `{file = "PATH"}` stand for."""

    folder: Path
    env: Mapping[str, str]

    def split(self, name: str, table: Table) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
        """(settings, references, secrets). Raises Invalid for a secret that stands in the file itself."""
        settings: dict[str, Any] = {}
        references: dict[str, Any] = {}
        secrets: dict[str, str] = {}
        for key, value in table.items():
            where = f"{name}.{key}"
            if isinstance(value, Mapping):
                references[key], secrets[key] = self._resolve(where, value)
            elif _SECRET.search(key):
                _refuse_literal(where)
            else:
                settings[key] = _plain(where, value)
        return settings, references, secrets

    def _resolve(self, where: str, value: Table) -> tuple[dict[str, str], str]:
        if len(value) != 1 or not isinstance(next(iter(value.values())), str) or set(value) - {"env", "file"}:
            raise Invalid(f'{where} must be {{env = "NAME"}} or {{file = "PATH"}}.', where)
        return self._from_env(where, value["env"]) if "env" in value else self._from_file(where, value["file"])

    def _from_env(self, where: str, name: str) -> tuple[dict[str, str], str]:
        if not (secret := self.env.get(name, "").strip()):
            raise Invalid(f"{where}: the environment variable {name} is not set. Set it and apply again.", where)
        return {"env": name}, secret

    def _from_file(self, where: str, name: str) -> tuple[dict[str, str], str]:
        path = (self.folder / name).resolve()
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Invalid(f"{where}: the file {path} cannot be read. Make it, holding the secret.", where) from error
        if not secret:
            raise Invalid(f"{where}: the file {path} is empty. Put the secret into it.", where)
        return {"file": str(path)}, secret


def _plain(where: str, value: Any) -> Any:
    """What a plug-in's settings may be made of, and the store can keep."""
    if isinstance(value, str | int) or (isinstance(value, list) and all(isinstance(one, str | int) for one in value)):
        return value
    raise Invalid(f"{where} must be a text, a whole number, true or false, or a list of these.", where)


def _refuse_literal(where: str) -> None:
    variable = re.sub(r"[^A-Z0-9]+", "_", where.upper())
    raise Invalid(
        f"{where} holds a secret, and this file is no place for one. Put it into an environment variable and write"
        f' {{env = "{variable}"}}, or into a file and write {{file = "PATH"}}.',
        where,
    )


# The tables


def _connections(kind: str, group: str, tables: Any, references: _References) -> list[Integration]:
    found = []
    Reader(group, tables)
    for name, table in tables.items():
        where = f"{group}.{name}"
        Reader(where, table)
        found.append(connection(kind, name, *references.split(where, table)))
    return found


def _identity(table: Any, references: _References) -> dict[str, Any]:
    """As `set_identity_keys` stores it; empty for no signed shoppers."""
    if table is None:
        return {}
    Reader("identity", table)
    for key in table:
        if key not in ("secret", "jwks"):
            raise Invalid(f"identity.{key} is not known here. Known: secret, jwks.", f"identity.{key}")
    settings, refers, secrets = references.split("identity", table)
    if settings or len(secrets) != 1:
        raise Invalid('Set one of identity.secret and identity.jwks, as {env = "NAME"}.', "identity")
    ((key, value),) = secrets.items()
    try:
        _ = identity_secret(value) if key == "secret" else identity_keys_of(value)
    except Invalid as error:
        raise Invalid(str(error), f"identity.{key}") from error
    return {**secrets, "reference": refers}


def _members(tables: Any) -> tuple[Member, ...]:
    members: dict[str, Member] = {}
    for where, table in _each("members", tables):
        read = Reader(where, table)
        email = _email(read.text("email"), f"{where}.email")
        if email.key in members:
            raise Invalid(f"{email.value} is listed twice.", f"{where}.email")
        members[email.key] = Member(email, _role(read.text("role"), f"{where}.role"), _name(read))
        read.done()
    return tuple(members.values())


def _email(text: str, where: str) -> EmailAddress:
    try:
        return EmailAddress.parse(text)
    except Invalid as error:
        raise Invalid(str(error), where) from error


def _role(text: str, where: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise Invalid(f'There is no role "{text}"; there are {", ".join(Role)}.', where) from error


def _name(read: Reader) -> str | None:
    return read.text("name", limit=100) if read.optional("name") is not None else None


def _sources(tables: Any, folder: Path) -> tuple[KnowledgeSource, ...]:
    found: dict[str, KnowledgeSource] = {}
    for where, table in _each("knowledge", tables):
        source = _source(where, table, folder)
        if source.address in found:
            raise Invalid(f"{source.address} is listed twice.", where)
        found[source.address] = source
    return tuple(found.values())


def _source(where: str, table: Any, folder: Path) -> KnowledgeSource:
    read = Reader(where, table)
    path, url, base_url = read.optional("path"), read.url("url"), read.url("base_url")
    read.done()
    if (path is None) == (url is None):
        raise Invalid("Name either a path or a url.", where)
    if path is None:
        if base_url:
            raise Invalid("Only files need a base_url: pages of a site have whole addresses.", f"{where}.base_url")
        return KnowledgeSource(site_address(url or "", f"{where}.url"), SourceKind.SITE)
    return KnowledgeSource(file_address(folder / path, f"{where}.path"), SourceKind.FILES, base_url or "")


def _cases(tables: Any) -> dict[str, str]:
    """Question → the address or title of its page, or "". The pages may be learned later."""
    found: dict[str, str] = {}
    for where, table in _each("cases", tables):
        read = Reader(where, table)
        question, page = read.text("question", limit=LONGEST_CASE), read.optional("page", limit=LONGEST_PAGE) or ""
        read.done()
        found[wording_of(question)] = page.strip()
    if len(found) > MOST_CASES:
        raise Invalid(f"At most {MOST_CASES} cases fit.", "cases")
    return found


def site_address(url: str, where: str) -> str:
    """Raises Invalid for an address with a password in it: it would be shown with each answer."""
    if urlsplit(url).username is not None:
        raise Invalid("The address holds a user name or password. Leave them out.", where)
    return url


def base_address(url: str, where: str) -> str:
    """Raises Invalid for what is no address of the web."""
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise Invalid("It is an address that begins with https://.", where)
    return url


def file_address(path: Path, where: str) -> str:
    """The whole path, by which the source is known. Raises Invalid when nothing is there."""
    whole = path.expanduser().resolve()
    if not whole.exists():
        raise Invalid(f"There is no file or folder {whole}.", where)
    return str(whole)


def _each(name: str, tables: Any) -> list[tuple[str, Any]]:
    if not isinstance(tables, Sequence) or isinstance(tables, str):
        raise Invalid(f"Write [[{name}]], with double brackets: there may be several.", name)
    return [(f"{name}[{n}]", table) for n, table in enumerate(tables)]
