"""docs/settings.md says what the settings are. Write it anew with: python -m tests.docs.test_settings"""

from __future__ import annotations

from pathlib import Path

from warmline.settings import described

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
HEAD = """\
# Settings

What operators set, in the environment, read once at the start. A value that is not understood stops the start with a
line that names the variable. For each `NAME` there is `NAME_FILE`: a file that holds the value, for secrets. An empty
value counts as absent. What merchants change is in the database: [setup-as-code.md](setup-as-code.md).

| variable | what it does |
|---|---|
"""


def page() -> str:
    return HEAD + "".join(f"| `{name}` | {does} |\n" for name, does in described().items())


def test_the_page_holds_every_setting_and_no_other() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
