"""Everything an installation without a network needs, in one folder: wheels, and a list of them with hashes.

    python .ci/wheelhouse.py --out wheelhouse [--platform win_amd64] [--python 3.11] [--extras word,convert]

Run it where a package index is reachable, bring the folder inside, and install there with the line it prints. pip
refuses a wheel whose hash is not in the list. Needs Python and pip, nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# asked for on Windows alone, which pip does not see when it downloads for another system than its own
ON_WINDOWS = ("colorama", "tzdata")


def pip(*arguments: str) -> None:
    """Run pip of this Python, in the folder of the project."""
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments], check=True, cwd=ROOT)  # noqa: S603


def fill(out: Path, extras: str, target: list[str]) -> None:
    """The project's own wheel and a wheel of everything it needs, in the versions of constraints.txt."""
    with tempfile.TemporaryDirectory() as built:
        pip("wheel", "--quiet", "--no-deps", "--wheel-dir", built, ".")
        (own,) = Path(built).glob("ipscausal-*.whl")
        wanted = f"{own}[{extras}]" if extras else str(own)
        more = ON_WINDOWS if any("win" in word for word in target) else ()
        constraint = ("--constraint", str(ROOT / "constraints.txt"))
        pip("download", "--quiet", "--dest", str(out), "--only-binary=:all:", *constraint, *target, wanted, *more)


def listed(out: Path) -> str:
    """One line a wheel: name, version and SHA-256, as pip reads them."""
    lines = []
    for wheel in sorted(out.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        lines.append(
            f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fill the folder, list it, and say how to install from it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--out", type=Path, required=True, help="folder for the wheels (created; must be empty)")
    asked.add_argument("--platform", help="for another system, such as win_amd64 (default: this one)")
    asked.add_argument("--python", help="for another Python, such as 3.12 (default: this one)")
    asked.add_argument("--extras", default="word,convert", help="extras to bring along (default: word,convert)")
    given = asked.parse_args()
    out: Path = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        asked.error(f"{given.out} is not empty")
    target = ["--platform", given.platform] if given.platform else []
    target += ["--python-version", given.python] if given.python else []
    fill(out, given.extras, target)
    (out / "requirements.txt").write_text(listed(out), encoding="ascii", newline="\n")
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    print(f"{given.out}: {len(list(out.glob('*.whl')))} wheels, {size:,.0f} MB. Inside, without a network:")
    print(
        f"  python -m pip install --no-index --find-links {given.out} --require-hashes -r {given.out}/requirements.txt"
    )


if __name__ == "__main__":
    main()
