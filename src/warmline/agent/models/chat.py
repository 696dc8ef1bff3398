"""A language model, by pydantic-ai: text in, a stream of text out. The only file that knows that library.

It comes with the extra `llm` and is imported when a model is configured. Its requests leave by our guarded client.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from warmline.errors import ModelError, SettingsError
from warmline.outbound import Origin, guarded_client

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider

MILLION = 1_000_000
MOST_BYTES = 2 * 1024 * 1024
NEEDS_EXTRA = "WARMLINE_LLM needs the extra llm: pip install 'warmline[llm]', or in a checkout: uv sync --extra llm"
CALL_WITHIN = 60.0
"""Seconds that one call may take in all, whatever its caller allows."""


@dataclass(slots=True)
class Meter:
    """What one call used. `counted` is False while the provider has not said so."""

    read: int = 0
    written: int = 0
    counted: bool = False


class Chat(Protocol):
    """A language model behind the narrowest door."""

    name: str

    def stream(self, instructions: str, text: str, schema: Mapping[str, Any], meter: Meter) -> AsyncGenerator[str]:
        """The answer, piece by piece, as JSON that should fit `schema`. Raises ModelError."""

    def micros(self, read: int, written: int) -> int:
        """What so many tokens cost, in millionths of a US dollar."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """`model` is `provider:name`; `price` is US dollars for a million tokens read and written."""

    model: str
    key: str | None = None
    url: str | None = None
    price: tuple[Decimal, Decimal] | None = None


class PydanticChat:
    """Implements `Chat`. Made at the start of the process: raises SettingsError for what could never work."""

    def __init__(self, settings: ChatSettings, most_tokens: int) -> None:
        self.name = settings.model
        self._settings, self._most = settings, most_tokens
        trust = (Origin.of(settings.url),) if settings.url else ()
        self._guarded = guarded_client(trust=trust, timeout=CALL_WITHIN, max_bytes=MOST_BYTES)
        self._model = _model(settings, _through(self._guarded))
        self._price = settings.price or _listed(settings)
        self._plain = False

    async def stream(
        self, instructions: str, text: str, schema: Mapping[str, Any], meter: Meter
    ) -> AsyncGenerator[str]:
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.exceptions import AgentRunError, UserError
        from pydantic_ai.messages import ModelRequest, UserPromptPart
        from pydantic_ai.settings import ModelSettings

        request = ModelRequest(parts=[UserPromptPart(content=text)], instructions=instructions)
        wanted = self._parameters(schema)
        # Our caller tries again itself, and knows how much time is left.
        asked = ModelSettings(max_tokens=self._most, max_retries=0, thinking=False)
        try:
            async with model_request_stream(
                self._model, [request], model_settings=asked, model_request_parameters=wanted
            ) as answer:
                try:
                    async for event in answer:
                        if piece := _text_of(event):
                            yield piece
                finally:
                    used = answer.usage
                    meter.read, meter.written = used.input_tokens, used.output_tokens
                    meter.counted = bool(meter.read or meter.written)
        except (AgentRunError, UserError, httpx.HTTPError) as error:
            raise self._said(error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # An answer in another shape than the provider's own breaks its library.
            raise ModelError(f"{self.name} answered in a shape of its own: {type(error).__name__}") from error

    def micros(self, read: int, written: int) -> int:
        price_read, price_written = self._price
        return round(read * price_read + written * price_written)

    async def close(self) -> None:
        await self._guarded.aclose()

    def _parameters(self, schema: Mapping[str, Any]) -> Any:  # its type is not known before it is imported
        """As a schema where the model keeps to one; the instructions say the same in words."""
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition

        if self._plain or not self._model.profile.get("supports_json_schema_output"):
            return ModelRequestParameters()
        wanted = OutputObjectDefinition(json_schema=dict(schema), name="answer", strict=True)
        return ModelRequestParameters(output_mode="native", output_object=wanted)

    def _said(self, error: Exception) -> ModelError:
        from pydantic_ai.exceptions import ModelHTTPError, ModelRequestRejectedError

        status = error.status_code if isinstance(error, ModelHTTPError) else None
        if status in {400, 422} and not self._plain:
            # Small servers refuse a schema; the next try goes without one.
            self._plain = True
            return ModelError(f"{self.name} refused the request ({status})", free=True)
        refused = isinstance(error, ModelRequestRejectedError) or status in {400, 401, 403, 404, 422}
        wait = getattr(error, "retry_after", None)
        what = f"status {status}" if status else type(error).__name__
        return ModelError(f"{self.name}: {what}", again=not refused, retry_after=wait, free=status is not None)


def _text_of(event: object) -> str:
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return text
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""


def _model(settings: ChatSettings, client: httpx2.AsyncClient) -> Model:
    try:
        from pydantic_ai.exceptions import UserError
        from pydantic_ai.models import infer_model
    except ImportError as error:
        raise SettingsError(NEEDS_EXTRA) from error
    given, name = settings.model.split(":", 1)
    # The older of OpenAI's two APIs: every compatible server has it, and what it answers is not stored there.
    kind = "openai-chat" if given == "openai" else given
    try:
        return infer_model(f"{kind}:{name}", lambda _: _provider(kind, settings, client))
    except (UserError, ValueError, ImportError) as error:
        raise SettingsError(f"WARMLINE_LLM={settings.model} cannot be used: {error}") from error


def _provider(kind: str, settings: ChatSettings, client: httpx2.AsyncClient) -> Provider[Any]:
    from pydantic_ai.providers import infer_provider_class
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    if kind == "openai-chat" and settings.url:
        return OpenAICompatibleProvider(
            "local", base_url=settings.url, api_key=settings.key, http_client=client, profile=_keeps_to_schemas
        )
    found = infer_provider_class(kind)
    takes = inspect.signature(found.__init__).parameters
    if "http_client" not in takes:
        raise ValueError("this provider does not let its requests leave by our guarded client")
    given = {"http_client": client, "api_key": settings.key, "base_url": settings.url}
    missing = [name for name, value in given.items() if value is not None and name not in takes]
    if missing:
        raise ValueError(f"this provider takes no {' and no '.join(missing)}")
    return found(**{name: value for name, value in given.items() if value is not None})


def _keeps_to_schemas(name: str) -> Any:  # a mapping of the library's own type
    """An unknown server is asked for a schema, and a second time without when it refuses."""
    from pydantic_ai.profiles.openai import OpenAIModelProfile

    return OpenAIModelProfile(supports_json_schema_output=True, openai_chat_supports_max_completion_tokens=False)


def _listed(settings: ChatSettings) -> tuple[Decimal, Decimal]:
    """Prices from the library's own list, which is as old as the library. A server of one's own costs nothing."""
    from genai_prices import Usage, calc_price

    provider, name = settings.model.split(":", 1)
    if settings.url:
        return Decimal(0), Decimal(0)
    provider = provider.removesuffix("-chat").removesuffix("-responses")
    with suppress(LookupError, ValueError):
        read = calc_price(Usage(input_tokens=MILLION), name, provider_id=provider).total_price
        written = calc_price(Usage(output_tokens=MILLION), name, provider_id=provider).total_price
        return Decimal(read), Decimal(written)
    raise SettingsError(
        f"The price of {settings.model} is not known, so no budget could be kept. Say it in WARMLINE_LLM_PRICE, in US"
        " dollars for a million tokens read and written, such as 0.40,1.60."
    )


def _through(guarded: httpx.AsyncClient) -> httpx2.AsyncClient:
    """A client of the kind that the library wants, whose requests go out by ours."""
    try:
        import httpx2
    except ImportError as error:
        raise SettingsError(NEEDS_EXTRA) from error

    class Body(httpx2.AsyncByteStream):
        def __init__(self, answer: httpx.Response) -> None:
            self._answer = answer

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for piece in self._answer.aiter_raw():
                    yield piece
            except httpx.TimeoutException as error:
                raise httpx2.ReadTimeout(str(error)) from error
            except httpx.HTTPError as error:
                raise httpx2.ReadError(str(error)) from error

        async def aclose(self) -> None:
            await self._answer.aclose()

    class Through(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            sent = httpx.Request(
                request.method,
                str(request.url),
                headers=[(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"],
                content=await request.aread(),
            )
            sent.headers["Accept-Encoding"] = "gzip"
            try:
                answer = await guarded.send(sent, stream=True)
            except httpx.TimeoutException as error:
                raise httpx2.ReadTimeout(str(error)) from error
            except httpx.HTTPError as error:
                raise httpx2.ConnectError(str(error)) from error
            return httpx2.Response(answer.status_code, headers=answer.headers.raw, stream=Body(answer))

    return httpx2.AsyncClient(transport=Through(), timeout=CALL_WITHIN, trust_env=False)
