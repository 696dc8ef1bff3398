"""Drives a sandbox that runs in another process, with the same methods as Sandbox itself."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from warmline.sandbox.http import Json
from warmline.sandbox.seen import SeenMail, SeenRequest, SeenTicket, from_json, ticket_from

_opener = build_opener(ProxyHandler({}))  # a sandbox is near: never ask a proxy for it


class SandboxClient:
    """`url` is the sandbox's own address, for example http://127.0.0.1:8025"""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout

    def url(self, vendor: str = "") -> str:
        return f"{self._url}/{vendor}".rstrip("/")

    def add_fault(
        self,
        vendor: str,
        kind: str,
        *,
        operation: str | None = None,
        probability: float = 1.0,
        times: int | None = None,
        status: int | None = None,
        seconds: float | None = None,
        retry_after: int = 1,
    ) -> None:
        how: Json = {"operation": operation, "probability": probability, "times": times}
        what: Json = {"status": status, "seconds": seconds, "retry_after": retry_after}
        self._call("add_fault", vendor=vendor, kind=kind, **how, **what)

    def clear_faults(self, vendor: str | None = None) -> None:
        self._call("clear_faults", vendor=vendor)

    def faults(self, vendor: str) -> list[Json]:
        return list(self._call("faults", vendor=vendor))

    def behave(self, vendor: str, profile: str) -> None:
        self._call("behave", vendor=vendor, profile=profile)

    def behaviour(self) -> dict[str, str]:
        return dict(self._call("behaviour"))

    def seed(self, number: int) -> None:
        self._call("seed", number=number)

    def configure(self, vendor: str, **settings: object) -> None:
        self._call("configure", vendor=vendor, **settings)

    def add_credential(self, vendor: str, user: str, secret: str, role: str = "admin") -> None:
        self._call("add_credential", vendor=vendor, user=user, secret=secret, role=role)

    def revoke_credential(self, vendor: str, user: str) -> None:
        self._call("revoke_credential", vendor=vendor, user=user)

    def revoke_tokens(self) -> None:
        self._call("revoke_tokens")

    def add_profile(self, email: str, id: str | None = None, **attributes: object) -> str:
        return str(self._call("add_profile", email=email, id=id, **attributes))

    def remove_profile(self, email: str) -> None:
        self._call("remove_profile", email=email)

    def profiles(self) -> list[Json]:
        return list(self._call("profiles"))

    def events(self) -> list[Json]:
        return list(self._call("events"))

    def tickets(self, vendor: str) -> list[SeenTicket]:
        return [ticket_from(data) for data in self._call("tickets", vendor=vendor)]

    def count_by_external_id(self, vendor: str) -> dict[str, int]:
        return dict(self._call("count_by_external_id", vendor=vendor))

    def reply(self, vendor: str, ticket_id: int, text: str, *, public: bool = True, as_customer: bool = False) -> None:
        self._call("reply", vendor=vendor, ticket_id=ticket_id, text=text, public=public, as_customer=as_customer)

    def set_status(self, vendor: str, ticket_id: int, status: str) -> None:
        self._call("set_status", vendor=vendor, ticket_id=ticket_id, status=status)

    def solve(self, vendor: str, ticket_id: int) -> None:
        self._call("solve", vendor=vendor, ticket_id=ticket_id)

    def requests(self, vendor: str) -> list[SeenRequest]:
        return [SeenRequest(**data) for data in self._call("requests", vendor=vendor)]

    def mails(self) -> list[SeenMail]:
        return [SeenMail(**data) for data in self._call("mails")]

    def hook_calls(self) -> list[Json]:
        return list(self._call("hook_calls"))

    def totals(self) -> dict[str, dict[str, int]]:
        return dict(self._call("totals"))

    def reset(self) -> None:
        self._call("reset")

    def _call(self, operation: str, /, **arguments: object) -> Any:  # each caller knows the type of its operation
        body = json.dumps(arguments).encode()
        headers = {"Content-Type": "application/json"}
        address = f"{self._url}/_control/{operation}"
        request = Request(address, body, headers, method="POST")  # noqa: S310 - tests give it, nobody else
        try:
            with _opener.open(request, timeout=self._timeout) as response:
                return from_json(response.read())["result"]
        except HTTPError as error:
            with error:
                raise ValueError(json.loads(error.read())["error"]) from None
