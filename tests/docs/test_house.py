"""What the repository says about itself is true: its start script, its lock file, its map and its import rules."""

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "warmline"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("shell", ["sh", "dash", "bash --posix"])
def test_run_is_posix_shell(shell: str) -> None:
    command = shell.split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} on this machine")
    read = subprocess.run([*command, "-n", ROOT / "run"], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_a_script_can_be_started(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_run_without_arguments_prints_its_commands_and_sets_nothing_up(tmp_path: Path) -> None:
    script = shutil.copy(ROOT / "run", tmp_path)
    ran = subprocess.run([script], capture_output=True, text=True, check=True)
    assert [word for word in ("demo", "test", "check", "warmline") if word not in ran.stdout] == []
    assert os.listdir(tmp_path) == ["run"]


def test_the_lock_is_in_step_with_pyproject(tmp_path: Path) -> None:
    if (uv := find_uv()) is None:
        pytest.skip("there is no uv to ask")
    command = [uv, "lock", "--check", "--offline", "--cache-dir", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"make them fit with `uv lock`: {ran.stderr}"


def test_the_map_names_what_is_there_and_nothing_else() -> None:
    on_the_map = re.findall(r"^- `([^`]+)`: \S", section("Map"), re.MULTILINE)
    assert sorted(on_the_map) == sorted(packages() | modules())


def test_the_import_rules_know_every_dependency() -> None:
    contract = next(each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["id"] == "pure")
    needed = {name for dependency in PYPROJECT["project"]["dependencies"] for name in imported_as(dependency)}
    assert needed - set(contract["forbidden_modules"]) == set()


def find_uv() -> str | None:
    return shutil.which("uv") or next((str(fetched) for fetched in ROOT.glob(".cache/uv-*/bin/uv")), None)


def section(title: str) -> str:
    text = (ROOT / "docs" / "architecture.md").read_text()
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def packages() -> set[str]:
    return {f"{folder.name}/" for folder in PACKAGE.iterdir() if folder.is_dir() and any(folder.rglob("*.py"))}


def modules() -> set[str]:
    return {file.name for file in PACKAGE.glob("*.py")} - {"__init__.py"}


def imported_as(dependency: str) -> set[str]:
    """The names under which a dependency is imported; none where it is not installed on this platform."""
    distribution = re.split(r"[^\w.-]", dependency)[0]
    try:
        installed = files(distribution) or []
    except PackageNotFoundError:
        return set()
    tops = {file.parts[0].partition(".")[0] for file in installed if file.suffix in {".py", ".so", ".pyi"}}
    return {name for name in tops if name.isidentifier() and not name.startswith("_")}
