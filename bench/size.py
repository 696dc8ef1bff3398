"""What a default install weighs: the locked packages without development tools, in an environment of its own.

    .venv/bin/python -m bench.size                needs uv; takes packages from its cache or the network
    .venv/bin/python -m bench.size --startup      also runs bench.startup with that install

The floor of the same run is an empty environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.metadata import Distribution, distributions
from pathlib import Path

from bench import startup
from bench.running import a_folder

ROOT = Path(__file__).resolve().parents[1]
BUDGET_MB = 250
LARGEST = 10
UNWANTED = {"torch", "tensorflow", "jax", "onnxruntime"}


def main(also_startup: bool) -> None:
    with a_folder() as folder:
        empty, full = folder / "empty", folder / "full"
        uv("venv", "--python", sys.executable, str(empty), into=empty)
        uv("sync", "--frozen", "--no-dev", "--no-editable", "--python", sys.executable, into=full)
        floor, size = weight(empty), weight(full)
        [packages] = (full / "lib").glob("python*/site-packages")
        found = {each.name.lower(): weight_of(each) for each in distributions(path=[str(packages)])}
        print(f"a default install weighs {size / 1e6:.0f} MB = {size / floor:,.0f} x an empty environment")
        print(f"    {len(found)} packages, of {', '.join(sorted(UNWANTED))}: {UNWANTED & set(found) or 'none'}")
        for name, bytes in Counter(found).most_common(LARGEST):
            print(f"    {bytes / 1e6:6.1f} MB {name}")
        print(f"    budget {BUDGET_MB} MB: {'kept' if size <= BUDGET_MB * 1e6 else 'missed'}")
        python = str(full / "bin" / "python")
        if also_startup:
            startup.main(5, python)
        subprocess.run([python, "-m", "compileall", "-q", str(packages)], stdout=subprocess.DEVNULL)
        print(f"    {weight(full) / 1e6:.0f} MB once Python has compiled every module")


def uv(*arguments: str, into: Path) -> None:
    command = [found] if (found := shutil.which("uv")) else [sys.executable, "-m", "uv"]
    env = os.environ | {"UV_PROJECT_ENVIRONMENT": str(into), "UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([*command, "--quiet", *arguments], check=True, cwd=ROOT, env=env)


def weight(folder: Path) -> int:
    """Bytes of all files in it; a link counts as nothing, a file of two names twice."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def weight_of(package: Distribution) -> int:
    paths = [Path(str(package.locate_file(file))) for file in package.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--startup", action="store_true")
    main(parser.parse_args().startup)
