"""Stateful stand-ins for Zendesk, Gorgias, Klaviyo and a mail server, with faults to switch on: for demo and tests."""

from warmline.sandbox.client import SandboxClient
from warmline.sandbox.faults import FaultKind, Operation
from warmline.sandbox.profiles import PROFILES
from warmline.sandbox.sandbox import Sandbox
from warmline.sandbox.seen import SeenMail, SeenMessage, SeenRequest, SeenTicket

__all__ = [
    "PROFILES",
    "FaultKind",
    "Operation",
    "Sandbox",
    "SandboxClient",
    "SeenMail",
    "SeenMessage",
    "SeenRequest",
    "SeenTicket",
]
