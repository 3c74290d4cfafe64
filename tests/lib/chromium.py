"""A page as headless Chromium shows it, and what axe-core says of it.

axe-core is not part of the project: `.ci/run` puts it into a cache folder of the user, and tests skip without it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipscausal-tests"
AXE = CACHE / "node_modules" / "axe-core" / "axe.min.js"
POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=60000",
)  # fmt: skip
_ANSWER = re.compile('<pre id="answer">(.*?)</pre>', re.DOTALL)
_AXE_RULES = ("target-size", "td-has-header", "table-fake-caption", "focus-order-semantics")
"""Rules that axe does not ask for unless told to."""


def browser() -> str:
    """The command of Chromium; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


def answered(page: str, width: int, question: str, early: str = "") -> Any:
    """What `question`, the body of an async function, returns inside a page shown `width` pixels wide.

    early: a script that runs before the page is read. The page stands in a frame, because a window is at least
    500 pixels wide. Our scripts are allowed in the copy; the rest of its policy is kept.
    """
    copy = page.replace(POLICY, f"{POLICY} script-src 'unsafe-inline';")
    asking = f"(async () => {{ {question} }})().catch(String).then(told => window.tell(told))"
    tell = """window.tell = told => { const note = parent.document.createElement("pre"); note.id = "answer";
        note.textContent = JSON.stringify(told); parent.document.body.append(note) };"""
    copy = re.sub(r"(<head>.*?)(<title>)", lambda m: f"{m[1]}{_script(tell + early)}{m[2]}", copy, flags=re.DOTALL)
    copy = copy.replace("</body>", f"{_script(asking)}</body>")
    frame = f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{html.escape(copy)}"></iframe>'
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(f"<!doctype html><body>{frame}</body>", encoding="utf-8")
        done = subprocess.run(
            [browser(), *QUIET, f"--user-data-dir={folder}/profile", "--dump-dom", path.as_uri()],
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
        )  # fmt: skip
    answer = _ANSWER.search(done.stdout)
    assert answer is not None, "the page gave no answer"
    return json.loads(html.unescape(answer[1]))


def axe(page: str, width: int) -> dict[str, list[str]]:
    """What axe finds: violations, what it could not decide, and the rules that were passed; all `details` open."""
    if not AXE.is_file():
        pytest.skip(f"axe-core is not in {CACHE.name} of the user's cache; .ci/run puts it there")
    rules = json.dumps({name: {"enabled": True} for name in _AXE_RULES})
    # the shadow at the edges of a table that scrolls is a gradient, which axe cannot measure; its ground is white
    question = f"""
        document.querySelectorAll("details").forEach(one => one.open = true);
        document.querySelectorAll(".scroll").forEach(one => one.style.background = "white");
        const found = await axe.run({{rules: {rules}}});
        const told = rules => rules.flatMap(rule => rule.nodes.map(
            node => `${{rule.id}}: ${{node.target.join(" ")}}: ${{node.failureSummary}}`));
        return {{violations: told(found.violations), undecided: told(found.incomplete),
                 passed: found.passes.map(rule => rule.id)}};"""
    answer: dict[str, list[str]] = answered(page, width, question, AXE.read_text(encoding="utf-8"))
    return answer


def _script(text: str) -> str:
    return "<script>" + text.replace("</script", "<\\/script") + "</script>"
