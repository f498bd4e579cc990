"""A virtual environment for each tool, as what they need does not always fit together."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def python_of(folder: Path, name: str, packages: Sequence[str]) -> tuple[Path | None, str]:
    """Installs a tool's packages, once.

    Returns:
        Its Python, or None and why there is none.
    """
    venv = folder / name
    python = venv / "bin" / "python"
    done = venv / "installed"
    if done.exists():
        return python, ""
    print(f"installing {name}: {' '.join(packages)} …", file=sys.stderr, flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode != 0:
        return None, _reason(made.stderr + made.stdout)
    wanted = [str(REPOSITORY / package) if package.startswith("./") else package for package in packages]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    installed = subprocess.run(pip, capture_output=True, text=True)
    if installed.returncode != 0:
        return None, _reason(installed.stderr)
    done.touch()
    return python, ""


def version_of(python: Path, module: str) -> str:
    """The version of a package that is installed there."""
    code = f"import importlib.metadata as m; print(m.version({module!r}))"
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True).stdout.strip()


def _reason(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "rror:" in line]
    return (errors or lines or ["it told no reason"])[-1].strip()
