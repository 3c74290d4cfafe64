"""Run `ipscausal` as a user does: another process, closed stdin, nothing inherited that could help it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


def ipscausal(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "ipscausal"), *map(str, arguments)],
        cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=900,
    )  # fmt: skip


def done(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """As `ipscausal`, which must succeed."""
    result = ipscausal(*arguments, **environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def as_json(result: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON document of stdout; anything before or after it fails."""
    return json.loads(result.stdout)
