"""The accounts every fresh sandbox has. Obviously fake on purpose: nobody should mistake them for real secrets."""

ZENDESK_CLIENT_ID = "warmline-demo"
ZENDESK_CLIENT_SECRET = "demo-zendesk-secret-not-real"
ZENDESK_EMAIL = "warmline@demo-shop.example"
ZENDESK_API_TOKEN = "demo-zendesk-token-not-real"

GORGIAS_EMAIL = "warmline@demo-shop.example"
GORGIAS_API_KEY = "demo-gorgias-key-not-real"
GORGIAS_MAILBOX = "support@demo-shop.example"

KLAVIYO_USER = "demo"
KLAVIYO_API_KEY = "pk_demo_key_not_real"

WEBHOOK_USER = "demo"
WEBHOOK_URL = "https://hooks.demo-shop.example/api/warmline"
# It says "demo webhook secret, not real!" in base64.
WEBHOOK_SECRET = "whsec_ZGVtbyB3ZWJob29rIHNlY3JldCwgbm90IHJlYWwh"

SUPPORT_MAILBOX = "support@demo-shop.example"
MAIL_USER = "warmline"
MAIL_PASSWORD = "demo-mail-password-not-real"

ADA_EMAIL = "ada@example.com"
ADA_PROFILE_ID = "01DEMOPROFILEOFADA0000000A"

ACCOUNTS: dict[str, dict[str, str]] = {
    "zendesk": {ZENDESK_CLIENT_ID: ZENDESK_CLIENT_SECRET, ZENDESK_EMAIL: ZENDESK_API_TOKEN},
    "gorgias": {GORGIAS_EMAIL: GORGIAS_API_KEY},
    "webhook": {WEBHOOK_USER: WEBHOOK_SECRET},
    "klaviyo": {KLAVIYO_USER: KLAVIYO_API_KEY},
    "mail": {MAIL_USER: MAIL_PASSWORD},
}
