"""Signed calls: the published example, two live secrets, and everything that a forger may try."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from warmline.domain.signature import key_of, new_secret, signed_headers, verify
from warmline.errors import Invalid, NotAuthenticated

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
NEW, OLD, STRANGER = (key_of(new_secret()) for _ in range(3))
BODY = b'{"type": "handoff.replied"}'


def test_the_example_of_the_standard_is_signed_the_same_way() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = signed_headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verify([key], headers, b'{"test": 2432232314}', at).id == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_while_a_secret_is_exchanged_both_are_signed_with_and_either_is_believed() -> None:
    both = signed_headers([NEW, OLD], "evt_1", NOW, BODY)
    assert len(both["webhook-signature"].split()) == 2
    for known in ([NEW], [OLD], [STRANGER, OLD]):
        assert verify(known, both, BODY, NOW).at == NOW
    assert verify([NEW, OLD], signed_headers([OLD], "evt_1", NOW, BODY), BODY, NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, -1, 0, 299, 300])
def test_a_call_of_the_last_five_minutes_is_believed(seconds: int) -> None:
    headers = signed_headers([NEW], "evt_1", NOW, BODY)
    assert verify([NEW], headers, BODY, NOW + timedelta(seconds=seconds)).id == "evt_1"


@pytest.mark.parametrize("seconds", [-360, -301, 301, 360, 86_400])
def test_t30_an_old_or_future_call_is_refused(seconds: int) -> None:
    with pytest.raises(NotAuthenticated, match="minutes"):
        verify([NEW], signed_headers([NEW], "evt_1", NOW, BODY), BODY, NOW + timedelta(seconds=seconds))


GOOD = signed_headers([NEW], "evt_1", NOW, BODY)
FLIPPED = "v1," + GOOD["webhook-signature"][3:].swapcase()


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, BODY + b" "),
        ({}, BODY.replace(b": ", b":")),
        ({}, b""),
        ({"webhook-id": "evt_2"}, BODY),
        ({"webhook-id": ""}, BODY),
        ({"webhook-id": "evt.1"}, BODY),
        ({"webhook-id": "evt_1\n"}, BODY),
        ({"webhook-timestamp": ""}, BODY),
        ({"webhook-timestamp": "now"}, BODY),
        ({"webhook-timestamp": "٣٤٥"}, BODY),
        ({"webhook-timestamp": "9" * 12}, BODY),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, BODY),
        ({"webhook-signature": ""}, BODY),
        ({"webhook-signature": FLIPPED}, BODY),
        ({"webhook-signature": GOOD["webhook-signature"][3:]}, BODY),
        ({"webhook-signature": GOOD["webhook-signature"].replace("v1,", "v1a,")}, BODY),
        ({"webhook-signature": "v1,"}, BODY),
        ({"webhook-signature": "v1,żółć"}, BODY),
        ({"webhook-signature": " ".join(["v1,x"] * 50) + " " + GOOD["webhook-signature"]}, BODY),
    ],
)
def test_t30_a_forged_call_is_refused(changes: dict[str, str], body: bytes) -> None:
    with pytest.raises(NotAuthenticated):
        verify([NEW], {**GOOD, **changes}, body, NOW)


def test_t30_a_strangers_secret_is_refused_and_so_is_no_secret() -> None:
    for keys in ([], [STRANGER], [b""]):
        with pytest.raises(NotAuthenticated):
            verify(keys, GOOD, BODY, NOW)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_short", "hunter2", "whsec_" + "!" * 40, "QUJD" * 10, "whsec_" + "A" * 200,
     "whsec_" + base64.b64encode(b"x" * 23).decode(), "whsec_zażółć" + "A" * 40],
)  # fmt: skip
def test_what_is_no_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(Invalid, match="24 to 64") as caught:
        key_of(secret)
    assert caught.value.field == "secret"
    assert not secret or secret == "whsec_" or secret not in str(caught.value)


def test_new_secrets_are_long_and_different() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50 and all(len(key_of(each)) == 32 for each in made)
    assert key_of(f" {next(iter(made))}\n")
