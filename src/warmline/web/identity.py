"""
Who the shop says its shopper is: a short-lived JWT that the shop's server signs (THREATS.md section 6).

A token is taken when all of this holds; else `Invalid(field="identity")` says which part does not:
  - at most 8 kB; three parts; `alg` is the one algorithm of the configured key that verifies it (at most three keys);
    `kid`, when present, names a configured key; no `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`: nothing is ever fetched
  - `sub`: a non-empty string; `aud`: this site's public key and nothing else (a token that is also meant for somebody
    else could be replayed here by them, so a list with a second audience is refused)
  - `iat` and `exp`: numbers; not expired; at most 24 h apart; issued at most 60 s in our future
  - no `iss`, unless the key was configured with that issuer
  - optional: `email` + `email_verified` (proven only by a true `true`), `name` up to 100 characters, `profile_id`
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from warmline.domain.visitor import EmailAddress, Identity
from warmline.errors import Invalid

MAX_TOKEN = 8 * 1024
MAX_KEYS = 3
MAX_LIFE = 24 * 60 * 60
LEEWAY = 60
FAR_FUTURE = 1e12
MAX_NAME = 100
MAX_ID = 255
MIN_SECRET = 32
MIN_RSA_BITS = 2048
MAX_JWKS = 64 * 1024


class Algorithm(StrEnum):
    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """One of the shop's keys, bound to one algorithm; made by `identity_secret` or `identity_keys_of`."""

    algorithm: Algorithm
    material: Key = field(repr=False)
    kid: str | None = None
    issuer: str | None = None


def identity_secret(secret: str, *, kid: str | None = None, issuer: str | None = None) -> IdentityKey:
    """A shared HS256 secret, used as its UTF-8 bytes. Refused when empty, short, or easy to guess."""
    raw = secret.encode("utf-8", "replace")
    if len(raw) < MIN_SECRET:
        raise Invalid(f"The identity secret needs at least {MIN_SECRET} bytes, this one has {len(raw)}.", "secret")
    if len(set(raw)) < MIN_SECRET // 4:
        raise Invalid("The identity secret repeats a few characters: make a random one.", "secret")
    try:
        return IdentityKey(Algorithm.HS256, OctKey.import_key(raw), kid, issuer)
    except ValueError as error:
        raise Invalid("This is a public key, not a secret: upload it as a JWKS file.", "secret") from error


def identity_keys_of(jwks: str, *, issuer: str | None = None) -> tuple[IdentityKey, ...]:
    """The public keys of a JWKS file that the shop uploads (RS256, ES256, EdDSA)."""
    if len(jwks) > MAX_JWKS:
        raise Invalid("This JWKS file is too large.", "jwks")
    try:
        described = json.loads(jwks)["keys"]
        keys = tuple(_public_key(one, issuer) for one in described)
    except Invalid:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError) as error:
        raise Invalid('This is not a JWKS file: {"keys": [...]} with public keys is expected.', "jwks") from error
    check_keys(keys)
    return keys


def check_keys(keys: Sequence[IdentityKey]) -> None:
    """What a workspace may save: one to three keys that a `kid` tells apart."""
    if not 1 <= len(keys) <= MAX_KEYS:
        raise Invalid(f"Between one and {MAX_KEYS} identity keys are possible, not {len(keys)}.", "identity")
    kids = [key.kid for key in keys if key.kid is not None]
    if len(kids) != len(set(kids)):
        raise Invalid("Two identity keys have the same key id (kid).", "identity")


def verify_identity(token: str, *, site: str, secrets: Sequence[IdentityKey], now: datetime) -> Identity:
    """The identity in the shop's signed token, or `Invalid` with the reason. A revoked key is one not in `secrets`."""
    signed = _opened(token)
    key = _signer(token, signed.headers(), secrets)
    claims = _claims(signed.payload)
    _check_audience(claims, site)
    _check_issuer(claims, key)
    _check_times(claims, now.timestamp())
    return _identity(claims)


# --- the envelope

_REFUSED_HEADERS = ("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc")
_BROKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class _Registry(jws.JWSRegistry):
    """Exactly one algorithm; unlike joserfc's own look-up it does not warn about the name EdDSA."""

    max_payload_length = MAX_TOKEN

    def get_alg(self, name: str) -> Any:  # joserfc's JWSAlgModel, which it does not export with a type
        if name not in (self.allowed or ()):
            raise JoseError("another algorithm than the key's")
        return self.algorithms[name]


def _opened(token: str) -> jws.CompactSignature:
    """The token's parts, nothing verified."""
    if len(token) > MAX_TOKEN:
        _refuse(f"the token is longer than {MAX_TOKEN} characters")
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_Registry())
    except _BROKEN:
        _refuse("this is not a signed token (JWT)")
    header: object = signed.headers()
    if not isinstance(header, dict) or not isinstance(header.get("alg"), str):
        _refuse("this is not a signed token (JWT)")
    for name in _REFUSED_HEADERS:
        if name in header:
            _refuse(f"the header {name} is not allowed")
    return signed


def _signer(token: str, header: Mapping[str, Any], keys: Sequence[IdentityKey]) -> IdentityKey:
    """The configured key that signed the token."""
    if not (able := [key for key in keys if "kid" not in header or key.kid == header["kid"]]):
        _refuse("its key id (kid) is not known here" if keys else "no identity key is set up")
    if not (able := [key for key in able if key.algorithm == header["alg"]]):
        _refuse(f"no key here uses its algorithm; expected {' or '.join(sorted({key.algorithm for key in keys}))}")
    for key in able:
        if _signed_by(token, key):
            return key
    _refuse("the signature does not fit")


def _signed_by(token: str, key: IdentityKey) -> bool:
    registry = _Registry(algorithms=[key.algorithm.value], strict_check_header=False)
    try:
        jws.deserialize_compact(token, key.material, registry=registry)
    except _BROKEN:
        return False
    return True


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        _refuse("its content is not a JSON object")
    return claims


# --- the claims


def _check_audience(claims: Mapping[str, Any], site: str) -> None:
    audience = claims.get("aud")
    if audience != site and audience != [site]:
        _refuse("aud must be this site's public key, alone")


def _check_issuer(claims: Mapping[str, Any], key: IdentityKey) -> None:
    if claims.get("iss") != key.issuer:
        _refuse("iss is not the configured issuer" if key.issuer else "iss is not used here: leave it out")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires <= now:
        _refuse("the token has expired")
    if issued > now + LEEWAY:
        _refuse("iat lies in the future; check the server's clock")
    if expires <= issued or expires - issued > MAX_LIFE:
        _refuse("exp must lie after iat, by 24 hours at most")
    if "nbf" in claims and _time(claims, "nbf") > now + LEEWAY:
        _refuse("the token is not valid yet (nbf)")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > FAR_FUTURE or math.isnan(value):
        _refuse(f"{name} must be a number of seconds since 1970")
    return float(value)


def _identity(claims: Mapping[str, Any]) -> Identity:
    subject = _id(claims, "sub")
    if subject is None:
        _refuse("sub is missing")
    email = _email(claims)
    return Identity(
        subject=subject,
        email=email,
        email_verified=email is not None and claims.get("email_verified") is True,
        name=_name(claims),
        profile_id=_id(claims, "profile_id"),
    )


def _id(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_ID or not value.isprintable():
        _refuse(f"{name} must be a plain string of 1 to {MAX_ID} characters")
    return value


def _email(claims: Mapping[str, Any]) -> EmailAddress | None:
    value = claims.get("email")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        _refuse("email must be a string")
    try:
        return EmailAddress.parse(value)
    except Invalid as error:
        raise Invalid(f"Identity refused: email: {error}", field="identity") from error


def _name(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("name")
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME:
        _refuse(f"name must be a string of at most {MAX_NAME} characters")
    # Shoppers chose this name in the shop: a direction mark or line break must neither lock them out nor reach a page.
    return " ".join("".join(" " if _is_hidden(c) else c for c in value).split()) or None


def _is_hidden(character: str) -> bool:
    joiner = character in "\u200c\u200d"  # Persian, Indic scripts and emoji need these
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not joiner


# --- the shop's public keys


def _public_key(described: Mapping[str, Any], issuer: str | None) -> IdentityKey:
    if described.get("kty") == "oct" or "d" in described:
        raise Invalid(
            "This file holds a secret or private key. Upload only the public keys, and renew this one.", "jwks"
        )
    algorithm, material = _read_key(dict(described))
    if described.get("alg", algorithm) != algorithm or described.get("use", "sig") != "sig":
        raise Invalid(f"A key of this file is not meant for {algorithm} signatures.", "jwks")
    kid = described.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise Invalid("A key id (kid) in this file is not a string.", "jwks")
    return IdentityKey(algorithm, material, kid, issuer)


def _read_key(described: dict[str, Any]) -> tuple[Algorithm, Key]:
    match described.get("kty"), described.get("crv"):
        case "RSA", _:
            rsa = RSAKey.import_key(described)
            if rsa.public_key.key_size < MIN_RSA_BITS:
                raise Invalid(f"An RSA key of this file is shorter than {MIN_RSA_BITS} bits.", "jwks")
            return Algorithm.RS256, rsa
        case "EC", "P-256":
            return Algorithm.ES256, ECKey.import_key(described)
        case "OKP", "Ed25519":
            return Algorithm.EDDSA, OKPKey.import_key(described)
    raise Invalid("A key of this file is not RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA).", "jwks")


def _refuse(reason: str) -> NoReturn:
    raise Invalid(f"Identity refused: {reason}.", field="identity")
