"""The shop's signed identity: what is taken, and every way a token is refused (T3, THREATS.md section 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from warmline.domain.visitor import EmailAddress, Identity
from warmline.errors import Invalid
from warmline.web.identity import Algorithm, IdentityKey, check_keys, identity_keys_of, identity_secret, verify_identity

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared"))
SITE = "pk_acme"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
T = int(NOW.timestamp())
SECRET = "correct horse battery staple 4711!"
KEY = identity_secret(SECRET)
RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, with these changed; None leaves one out."""
    good = {"sub": "42", "aud": SITE, "iat": T, "exp": T + 600}
    return {name: value for name, value in (good | changes).items() if value is not None}


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hs256(content: object, secret: bytes = SECRET.encode(), **header: Any) -> str:
    """A token made by hand, so that it may be wrong in ways that a library would not allow."""
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'} | header)}.{part(content)}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def by_library(key: Key, alg: str, **header: Any) -> str:
    return jwt.encode({"alg": alg} | header, claims(), key, algorithms=[alg])


def jwks(*keys: Mapping[str, Any]) -> str:
    return json.dumps({"keys": list(keys)})


def public(key: RSAKey | ECKey | OKPKey, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def verify(token: str, *keys: IdentityKey) -> Identity:
    return verify_identity(token, site=SITE, secrets=keys or (KEY,), now=NOW)


def refusal(token: str, *keys: IdentityKey) -> str:
    with pytest.raises(Invalid) as refused:
        verify(token, *keys)
    assert refused.value.field == "identity"
    return str(refused.value)


def test_a_good_token_says_who_the_shopper_is() -> None:
    content = claims(email="Anna@Example.com", email_verified=True, name="Anna Nowak", profile_id="01HX")
    expected = Identity("42", EmailAddress("Anna@example.com"), True, "Anna Nowak", "01HX")
    assert verify(hs256(content)) == expected


def test_sub_is_enough() -> None:
    assert verify(hs256(claims())) == Identity("42")


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256")])
def test_public_keys_of_an_uploaded_file_work(key: RSAKey | ECKey, alg: str) -> None:
    (ours,) = identity_keys_of(jwks(public(key, kid="a")))
    assert ours.algorithm == alg
    assert verify(by_library(key, alg, kid="a"), ours).subject == "42"
    assert verify(by_library(key, alg), ours).subject == "42"


@pytest.mark.filterwarnings("error")
def test_ed25519_works_without_a_warning() -> None:
    (ours,) = identity_keys_of(jwks(public(ED)))
    signed = f"{part({'alg': 'EdDSA'})}.{part(claims())}"
    private = ED.private_key
    assert isinstance(private, Ed25519PrivateKey)
    token = f"{signed}.{part(private.sign(signed.encode()))}"
    assert ours.algorithm is Algorithm.EDDSA
    assert verify(token, ours).subject == "42"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (claims(sub=None), "sub is missing"),
        (claims(sub=""), "sub must be"),
        (claims(sub="  "), "sub must be"),
        (claims(sub=42), "sub must be"),
        (claims(sub=["42"]), "sub must be"),
        (claims(sub="4\u00002"), "sub must be"),
        (claims(sub="4\ud8002"), "sub must be"),
        (claims(sub="x" * 256), "sub must be"),
        (claims(aud=None), "aud"),
        (claims(aud="pk_other"), "aud"),
        (claims(aud=[SITE, "pk_other"]), "aud"),
        (claims(aud=[]), "aud"),
        (claims(aud={"a": SITE}), "aud"),
        (claims(iss="https://elsewhere.example"), "iss"),
        (claims(iat=None), "iat must be a number"),
        (claims(exp=None), "exp must be a number"),
        (claims(exp=str(T + 600)), "exp must be a number"),
        (claims(exp=True), "exp must be a number"),
        (claims(exp=float("nan")), "exp must be a number"),
        (claims(exp=float("inf")), "exp must be a number"),
        (claims(exp=10**400), "exp must be a number"),
        (claims(iat=-(10**400)), "iat must be a number"),
        (claims(iat=T - 600, exp=T), "expired"),
        (claims(iat=T - 600, exp=T - 1), "expired"),
        (claims(iat=T + 61), "future"),
        (claims(iat=T + 30, exp=T + 20), "after iat"),
        (claims(exp=T + 86_401), "24 hours"),
        (claims(iat=T - 86_400, exp=T + 600), "24 hours"),
        (claims(nbf=T + 61), "not valid yet"),
        (claims(nbf="soon"), "nbf must be"),
        (claims(email=7), "email must be"),
        (claims(email="a@b.example,c@d.example"), "email: Write only one"),
        (claims(name="n" * 101), "name must be"),
        (claims(name=["Anna"]), "name must be"),
        (claims(profile_id=""), "profile_id must be"),
        (claims(profile_id=7), "profile_id must be"),
        ([1, 2], "JSON object"),
        ("text", "JSON object"),
        (b"\xff\xfe", "JSON object"),
        (b"{", "JSON object"),
        (b"[" * 5000, "JSON object"),
    ],
)
def test_t3_wrong_claims_are_refused_with_the_reason(content: object, said: str) -> None:
    assert said in refusal(hs256(content))


@pytest.mark.parametrize(
    "content",
    [
        claims(aud=[SITE]),
        claims(iat=T + 60),
        claims(exp=T + 86_400),
        claims(iat=T - 0.5, exp=T + 600.5),
        claims(nbf=T),
        claims(email="", unknown={"a": 1}),
        claims(name=""),
    ],
)
def test_what_lies_just_inside_the_rules_is_taken(content: object) -> None:
    assert verify(hs256(content)).subject == "42"


@pytest.mark.parametrize("verified", [False, None, "true", 1, "yes", []])
def test_t3_an_address_is_proven_only_by_a_true_true(verified: object) -> None:
    identity = verify(hs256(claims(email="anna@example.com", email_verified=verified)))
    assert identity.email == EmailAddress("anna@example.com")
    assert identity.contact is None
    assert not identity.email_verified


def test_email_verified_without_an_address_proves_nothing() -> None:
    assert not verify(hs256(claims(email_verified=True))).email_verified


def test_hidden_characters_are_taken_out_of_a_name() -> None:
    assert verify(hs256(claims(name="Anna\u202e\r\n\u0000 No\ud800wak"))).name == "Anna No wak"
    assert verify(hs256(claims(name="\u200b"))).name is None
    assert verify(hs256(claims(name="\u0645\u06cc\u200c\u062e"))).name == "\u0645\u06cc\u200c\u062e"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "ż.b.c",
        "\ud800",
        f"{part('alg')}.{part(claims())}.",
        f"{part(['alg'])}.{part(claims())}.",
        f"{part({'alg': ['HS256']})}.{part(claims())}.",
        f"{part({'alg': None})}.{part(claims())}.",
        f"{part(b'[' * 300)}.{part(claims())}.",
        hs256(claims()) + ".x",
        hs256(claims()).rpartition(".")[0],
        hs256(claims()).replace("_", "/").replace(".", ".="),
    ],
)
def test_t3_what_is_no_token_is_refused(token: str) -> None:
    assert "not a signed token" in refusal(token)


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "HS384", "hs256", "HS512", "RS256", ""])
@pytest.mark.parametrize("signature", ["", "AA"])
def test_t3_no_other_algorithm_than_the_key_s_is_taken(alg: str, signature: str) -> None:
    token = f"{part({'alg': alg})}.{part(claims())}.{signature}"
    assert "algorithm" in refusal(token)


def test_t3_a_public_key_never_serves_as_a_secret() -> None:
    (ours,) = identity_keys_of(jwks(public(RSA)))
    for material in (RSA.as_pem(private=False), RSA.as_der(private=False), json.dumps(public(RSA)).encode()):
        assert "algorithm" in refusal(hs256(claims(), material), ours)
        assert "signature" in refusal(hs256(claims(), material), ours, KEY)
    with pytest.raises(Invalid, match="public key"):
        identity_secret(RSA.as_pem(private=False).decode())


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/cert"},
        {"x5c": ["AA"]},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
    ],
)
def test_t3_headers_that_bring_keys_or_conditions_are_refused_and_nothing_is_fetched(
    header: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", no_socket)
    monkeypatch.setattr(socket, "getaddrinfo", no_socket)
    assert f"header {next(iter(header))}" in refusal(hs256(claims(), **header)) or "b64" in header


@pytest.mark.parametrize("kid", ["../../etc/passwd", "", "c", 7, ["a"], {"a": 1}, "a\u0000"])
def test_t3_an_unknown_key_id_is_refused(kid: object) -> None:
    assert "kid" in refusal(hs256(claims(), kid=kid), identity_secret(SECRET, kid="a"))


def test_rotation_takes_the_old_key_until_it_is_revoked() -> None:
    old, new = identity_secret(SECRET, kid="old"), identity_secret("new" + SECRET, kid="new")
    token = hs256(claims(), kid="old")
    assert verify(token, new, old).subject == "42"
    assert verify(hs256(claims()), new, old).subject == "42"
    assert "kid" in refusal(token, new)
    assert "signature" in refusal(hs256(claims()), new)
    assert "signature" in refusal(hs256(claims(), kid="new"), new, old)
    with pytest.raises(Invalid, match="no identity key"):
        verify_identity(token, site=SITE, secrets=(), now=NOW)


def test_an_issuer_is_checked_when_the_key_has_one() -> None:
    ours = identity_secret(SECRET, issuer="https://shop.example")
    assert verify(hs256(claims(iss="https://shop.example")), ours).subject == "42"
    assert "iss" in refusal(hs256(claims(iss="https://other.example")), ours)
    assert "iss" in refusal(hs256(claims()), ours)


def test_t3_every_changed_byte_breaks_a_token() -> None:
    token = hs256(claims())
    for i, character in enumerate(token):
        other = "A" if character != "A" else "B"
        refusal(token[:i] + other + token[i + 1 :])
        refusal(token[:i])


def test_t32_a_huge_token_is_refused_at_once() -> None:
    huge = hs256(claims(name="x" * 1_000_000))
    started = time.process_time()
    assert "longer" in refusal(huge)
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "at least 32"),
        ("x" * 31, "at least 32"),
        ("x" * 64, "repeats"),
        ("abcd" * 16, "repeats"),
        ("0" * 32, "repeats"),
    ],
)
def test_t28_a_weak_secret_cannot_be_saved(secret: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        identity_secret(secret)


def test_a_secret_of_exactly_32_bytes_is_enough_and_never_shown() -> None:
    secret = hashlib.sha256(b"a").hexdigest()[:32]
    assert secret not in repr(identity_secret(secret))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a JWKS"),
        ("[]", "not a JWKS"),
        ("{}", "not a JWKS"),
        ('{"keys": 7}', "not a JWKS"),
        ('{"keys": ["a"]}', "not a JWKS"),
        ("[" * 50_000, "not a JWKS"),
        (jwks(), "Between one and 3"),
        (jwks(*[public(EC)] * 4), "Between one and 3"),
        (jwks(public(EC, kid="a"), public(RSA, kid="a")), "same key id"),
        (jwks(EC.as_dict(private=True)), "private key"),
        (jwks({"kty": "oct", "k": "AAAA"}), "private key"),
        (jwks(public(EC, kid=7)), "not a string|not a JWKS"),
        (jwks(public(EC, use="enc")), "not meant for"),
        (jwks(public(RSA, alg="RS512")), "not meant for"),
        (jwks(public(ECKey.generate_key("P-384"))), "is not RSA"),
        (jwks(public(OKPKey.generate_key("X25519"))), "is not RSA"),
        (jwks({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "shorter|not a JWKS"),
        (jwks({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), "not a JWKS"),
        (jwks({"kty": "RSA"}), "not a JWKS"),
        (" " * 70_000, "too large"),
    ],
    ids=itertools.count(),
)
def test_an_unfit_key_file_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        identity_keys_of(text)
    assert refused.value.field in ("jwks", "identity")


def test_at_most_three_keys_can_be_saved() -> None:
    check_keys([KEY] * 3)
    for keys in ([], [KEY] * 4, [identity_secret(SECRET, kid="a")] * 2):
        with pytest.raises(Invalid):
            check_keys(keys)


# --- the shared recipes: each is built here with this test's own key

RS: Sequence[IdentityKey] = identity_keys_of(jwks(public(RSA)))
RECIPES: dict[str, Callable[[], str]] = {
    "alg_None_case": lambda: refusal(f"{part({'alg': 'nOnE'})}.{part(claims())}."),
    "alg_swap": lambda: refusal(hs256(claims(), RSA.as_pem(private=False)), *RS),
    "no_exp": lambda: refusal(hs256(claims(exp=None))),
    "no_sub": lambda: refusal(hs256(claims(sub=None))),
    "sub_empty": lambda: refusal(hs256(claims(sub=""))),
    "aud_list_mixed": lambda: refusal(hs256(claims(aud=[SITE, "x"]))),
    "iss_other": lambda: refusal(hs256(claims(iss="https://x.example"))),
    "kid_path": lambda: refusal(hs256(claims(), kid="../../etc/passwd")),
    "jku_remote": lambda: refusal(hs256(claims(), jku="https://attacker.example/k")),
    "jwk_embedded": lambda: refusal(hs256(claims(), b"own key" * 6, jwk=OctKey.import_key(b"own key" * 6).as_dict())),
    "crit_unknown": lambda: refusal(hs256(claims(), crit=["x"], x=1)),
    "sig_trunc": lambda: refusal(hs256(claims())[:-2]),
    "two_dots": lambda: refusal(hs256(claims()).rpartition(".")[0]),
    "huge": lambda: refusal("a" * 1_000_000),
    "old_key": lambda: verify(hs256(claims()), identity_secret("new" + SECRET), KEY).subject,
    "revoked_key": lambda: refusal(hs256(claims()), identity_secret("new" + SECRET)),
    "email_unverified": lambda: str(verify(hs256(claims(email="a@b.example", email_verified=False))).contact),
    "email_other": lambda: verify(hs256(claims(email="mira.other@example.net", email_verified=True))).subject,
    "secret_empty": lambda: weak_secret(""),
    "secret_short": lambda: weak_secret("x" * 31),
}


def weak_secret(secret: str) -> str:
    with pytest.raises(Invalid) as refused:
        identity_secret(secret)
    return str(refused.value)


@pytest.mark.parametrize("name", RECIPES)
def test_t3_recipe(name: str) -> None:
    assert RECIPES[name]()


def test_t3_the_shared_recipes_are_all_built_here() -> None:
    path = SHARED / "attacks" / "tokens_webhooks.jsonl"
    if not path.exists():
        pytest.skip(f"attack data {path} is not here (set WARMLINE_SHARED)")
    ids = {json.loads(line)["id"] for line in path.read_text("ascii").splitlines()}
    assert {name for name in ids if not name.startswith("wh_")} <= set(RECIPES)
