"""Settings → a wired App. The only file that names concrete classes: opening it shows the whole machine."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from warmline.actions.app import App, Timings
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Writer
from warmline.agent.language import detect
from warmline.agent.read.anything import AnyReader
from warmline.domain.ids import WorkerId, WorkspaceId, fresh
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid, NotFound, SealedWithAnotherKey, SettingsError
from warmline.helpdesks import registry
from warmline.helpdesks.base import Bell, Helpdesk
from warmline.jobs.worker import Worker
from warmline.live.base import Live
from warmline.live.memory import MemoryLive
from warmline.mail.base import MailIn
from warmline.mail.smtp import SmtpMail
from warmline.outbound import Origin, guarded_client
from warmline.profiles.base import Profiles
from warmline.profiles.klaviyo.config import KlaviyoConfig
from warmline.profiles.klaviyo.profiles import Klaviyo
from warmline.settings import Settings
from warmline.store.backup import refuse_damaged
from warmline.store.base import Integration, Store
from warmline.store.folder import DATABASE, FolderLock, own_key
from warmline.store.keyring import NEW_KEY
from warmline.store.sqlite import SqliteStore
from warmline.store.trouble import Cause
from warmline.store.vault import Vault

log = logging.getLogger(__name__)


@dataclass
class Machine:
    """The wired App and what must be started and stopped with it. Use it as an async context.

    `works` is True where effects run (serve, work): such a process takes over what a dead one left.
    `base_urls` (source → address) completes the addresses of pages that a source names without a host; `base_url`
    stands for those that are not in it.
    """

    settings: Settings
    works: bool = False
    base_url: str = ""
    base_urls: dict[str, str] = field(default_factory=dict)
    app: App = field(init=False)
    worker: Worker | None = field(init=False, default=None)
    _agent: KeylessAgent = field(init=False)
    _store: Store | None = field(init=False, default=None)
    _stack: AsyncExitStack = field(init=False, default_factory=AsyncExitStack)

    async def __aenter__(self) -> Machine:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        settings = self.settings
        settings.data.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(settings.data) if self.works and not settings.database_url else None
        if lock is not None:
            self._stack.callback(self._unlock, lock)
            if lock.unclean:
                await asyncio.to_thread(refuse_damaged, settings.data / DATABASE)
            lock.mark()
        worker = WorkerId(fresh("wrk")) if self.works else None
        self._store = store = open_store(settings, Vault(settings.secret_key or own_key(settings.data)), worker)
        self._stack.push_async_callback(store.close)
        await store.start()
        await _check_key(store, settings)
        if lock is not None:
            await store.write(lambda tx: tx.let_go_of_all(store.timeline.now()))
        self.app = await self._wire(store)
        if worker is not None:
            self.worker = Worker(self.app, worker)
            self.worker.start()
            self._stack.push_async_callback(self.worker.stop)
            self._warm(self._agent)

    def _unlock(self, lock: FolderLock) -> None:
        trouble = self._store.health.trouble if self._store else None
        lock.close(look_again=trouble is not None and trouble.cause is Cause.DAMAGED)

    def _warm(self, agent: KeylessAgent) -> None:
        """Start the encoders beside everything else, so that neither the start nor the first shopper waits for them."""
        warming = asyncio.create_task(agent.warm(), name="warm")
        warming.add_done_callback(_say_cold)
        self._stack.push_async_callback(_end, warming)

    async def _wire(self, store: Store) -> App:
        settings = self.settings
        live = _live(settings)
        await live.start()
        self._stack.push_async_callback(live.close)
        self._agent = agent = KeylessAgent()
        self._stack.push_async_callback(agent.close)
        mail = _mail(settings)
        desks = ConnectedDesks(settings, mail)
        self._stack.push_async_callback(desks.close)
        crawler = guarded_client()
        self._stack.push_async_callback(crawler.aclose)
        return App(
            store=store,
            live=live,
            agent=agent,
            reader=AnyReader(crawler, detect, self.base_url, self.base_urls),
            desks=desks,
            mail=mail,
            public_url=settings.url,
            clock=store.timeline.now,
            timings=Timings(
                helpdesk=settings.helpdesk_timeout,
                index_delay=settings.index_delay,
                requests=settings.helpdesk_requests,
                model=settings.llm_timeout,
            ),
            mail_in=_mail_in(settings),
            writer=self._writer(agent),
        )

    def _writer(self, agent: KeylessAgent) -> Writer | None:
        writer = model_writer(self.settings, agent)
        if writer is not None:
            self._stack.push_async_callback(writer.close)
        return writer


def model_writer(settings: Settings, agent: KeylessAgent) -> Writer | None:
    """What words the answers, or None without WARMLINE_LLM. Raises SettingsError."""
    if settings.llm is None:
        return None
    from warmline.agent.models.chat import ChatSettings, PydanticChat  # its library is an extra, and slow to import
    from warmline.agent.write import MOST_TOKENS, ModelWriter

    chosen = ChatSettings(settings.llm, settings.llm_key, settings.llm_url, settings.llm_price)
    return ModelWriter(PydanticChat(chosen, MOST_TOKENS), agent)


@asynccontextmanager
async def agent_alone() -> AsyncIterator[KeylessAgent]:
    """The agent without a store, for measuring it."""
    agent = KeylessAgent()
    try:
        await agent.warm()
        yield agent
    finally:
        await agent.close()


def _say_cold(warming: asyncio.Task[None]) -> None:
    if not warming.cancelled() and warming.exception() is not None:
        log.warning("the agent could not warm up: %s", type(warming.exception()).__name__)


async def _end(task: asyncio.Task[None]) -> None:
    """A stop in the middle of it is no error."""
    task.cancel()
    await asyncio.wait([task])


class ConnectedDesks:
    """Implements `actions.app.Desks`: one adapter for each revision of a stored connection."""

    def __init__(self, settings: Settings, mailer: SmtpMail | None = None) -> None:
        self._registry, self._mailer = registry.load(), mailer
        self._base_urls = {
            "zendesk": settings.zendesk_base_url,
            "gorgias": settings.gorgias_base_url,
            "klaviyo": settings.klaviyo_base_url,
            "webhook": settings.webhook_base_url,
        }
        self._timeout = settings.helpdesk_timeout.total_seconds()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._helpdesks: dict[tuple[str, str], tuple[int, Helpdesk]] = {}
        self._profiles: dict[tuple[str, str], tuple[int, Profiles]] = {}
        for name, why in self._registry.broken.items():
            # For whoever starts the server, not for the log: it hides what it does not know to be harmless.
            print(f"The helpdesk plug-in {name} could not be loaded: {why}", file=sys.stderr, flush=True)  # noqa: T201
            log.error("a helpdesk plug-in could not be loaded")

    def known(self) -> tuple[str, ...]:
        return tuple(self._registry.kinds)

    def helpdesk(self, workspace: WorkspaceId, integration: Integration) -> Helpdesk:
        key = (workspace, integration.name)
        kept = self._helpdesks.get(key)
        # A revision of 0 is a connection that is only being tried: it is never kept.
        if kept is None or kept[0] != integration.revision or integration.revision == 0:
            account = self._registry.account(integration.name, integration.table)
            base_url = self._base_urls.get(integration.name) or account.base_url
            kept = (integration.revision, account.connect(self._client(integration.name), base_url, self._mailer))
            if integration.revision:
                self._helpdesks[key] = kept
        return kept[1]

    def hear(self, source: str, headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> Bell:
        kind = self._registry.kinds.get(source)
        if kind is None or kind.hear is None:
            raise NotFound("There is no such hook.")
        return kind.hear(headers, raw, secrets, now)

    def account_of(self, integration: Integration) -> str:
        return self._registry.account(integration.name, integration.table).base_url

    def profiles(self, workspace: WorkspaceId, integration: Integration) -> Profiles:
        key = (workspace, integration.name)
        kept = self._profiles.get(key)
        if kept is None or kept[0] != integration.revision or integration.revision == 0:
            config = KlaviyoConfig.parse(integration.table)
            kept = (integration.revision, _klaviyo(config, self._client("klaviyo"), self._base_urls["klaviyo"]))
            if integration.revision:
                self._profiles[key] = kept
        return kept[1]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _client(self, name: str) -> httpx.AsyncClient:
        """One pool for each vendor; only the vendor with an address of its own may be on loopback."""
        if name not in self._clients:
            override = self._base_urls.get(name)
            allow = (Origin.of(override),) if override else ()
            self._clients[name] = guarded_client(allow=allow, timeout=self._timeout)
        return self._clients[name]


def _klaviyo(config: KlaviyoConfig, client: httpx.AsyncClient, base_url: str | None) -> Profiles:
    return Klaviyo(config, client, base_url) if base_url else Klaviyo(config, client)


async def _check_key(store: Store, settings: Settings) -> None:
    """Raises SettingsError, with the way out, when the database was sealed with another key."""
    try:
        await store.write(lambda tx: tx.check_key())
    except SealedWithAnotherKey as error:
        if (settings.data / NEW_KEY).exists():
            raise SettingsError("A change of the key was cut off. Finish it with: warmline key rotate") from error
        raise


def open_store(settings: Settings, vault: Vault, worker: WorkerId | None) -> Store:
    """The store of these settings, not started yet."""
    if settings.database_url:
        from warmline.store.postgres import PostgresStore  # its driver is slow to import

        return PostgresStore(settings.database_url, vault, worker)
    return SqliteStore(settings.data / DATABASE, vault, worker)


def _live(settings: Settings) -> Live:
    if settings.bus_url:
        from warmline.live.nats import NatsLive

        return NatsLive(settings.bus_url)
    if settings.database_url:
        from warmline.live.postgres import PostgresLive

        return PostgresLive(settings.database_url)
    return MemoryLive()


def _mail_in(settings: Settings) -> MailIn | None:
    """Raises SettingsError."""
    secrets = tuple(each.strip() for each in (settings.mail_in_secret or "").split(",") if each.strip())
    if any(len(secret) < 32 for secret in secrets):
        raise SettingsError("WARMLINE_MAIL_IN_SECRET must have at least 32 characters.")
    if settings.mail_in is None:
        return None
    try:
        address = EmailAddress.parse(settings.mail_in)
    except Invalid as error:
        raise SettingsError(f"WARMLINE_MAIL_IN must be an address such as reply@mail.shop.example: {error}") from error
    if "+" in address.value or len(address.value.rpartition("@")[0]) > 17:
        raise SettingsError("WARMLINE_MAIL_IN takes a name of at most 17 characters before the @, without a plus.")
    return MailIn(address, secrets)


def _mail(settings: Settings) -> SmtpMail | None:
    return SmtpMail(settings.smtp_url) if settings.smtp_url else None
