"""The installed wheel, not the checkout: built through the source distribution, run from an empty folder."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**clean, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkout -> sdist -> wheel, as a release is made; needs no package index."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def tracked_sql() -> dict[str, str]:
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "sql"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        names = [name for name in listed.splitlines() if (ROOT / name).exists()]
    else:
        names = [path.relative_to(ROOT).as_posix() for path in (ROOT / "sql").rglob("*") if path.is_file()]
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names}


def test_the_wheel_holds_the_tracked_sql_and_nothing_of_the_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    sql = {
        name.removeprefix("ipscausal/"): digest for name, digest in held.items() if name.startswith("ipscausal/sql/")
    }
    assert sql == tracked_sql()
    assert sum(name.endswith(".sql") for name in sql) > 30
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ipscausal", "synthetic_registry"}
    assert "ipscausal/py.typed" in held
    texts = [path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src/ipscausal/language").rglob("*.toml")]
    assert len(texts) > 10
    assert set(texts) <= set(held)
    assert not [name for name in held if name.endswith((".pyc", ".parquet")) or "test" in name.split("/")[-1]]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and this one's dependencies on its path without its editable install."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    # a .pth inside a folder that a .pth adds is not followed: the checkout stays unknown
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def test_the_installed_wheel_runs_the_demo_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    where = run(
        installed,
        "-c",
        "import ipscausal, synthetic_registry as s; print(ipscausal.__file__, s.__file__)",
        cwd=tmp_path,
    )
    for place in where.stdout.split():
        assert Path(place).is_relative_to(installed.parent.parent), "not the checkout"
    command = installed.parent / ("ipscausal.exe" if os.name == "nt" else "ipscausal")
    result = run(command, "demo", "--out", "demo", cwd=tmp_path)
    assert "Known truth of these synthetic data: average over the exposed years" in result.stdout
    assert "Report: demo/results/report/report.en.html" in result.stdout.replace("\\", "/")
    assert (tmp_path / "demo/results/report/report.nb.html").stat().st_size > 50_000
    manifest = json.loads((tmp_path / "demo/results/manifest.json").read_text(encoding="ascii"))
    models = {Path(name).stem: digest for name, digest in tracked_sql().items() if name.endswith(".sql")}
    assert manifest["sql"] == models
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
