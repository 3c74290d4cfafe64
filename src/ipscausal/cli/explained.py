"""`ipscausal explain`: what a name that was printed means."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import Annotated

import typer

from ipscausal.cli.commands import Json, app
from ipscausal.cli.screen import paragraph, plain, print_json
from ipscausal.errors import UsageError
from ipscausal.language import LANGUAGES, catalogue

Name = Annotated[
    str | None,
    typer.Argument(
        help="A command, error, exit code, rule, rule set, reason, method, outcome, file, column or word.",
        metavar="[NAME]",
    ),
]
Language = Annotated[str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}.", metavar="CODE")]


@app.command()
def explain(name: Name = None, language: Language = "en", as_json: Json = False) -> None:
    """What a name on the screen or in a report means; without one, all names."""
    from ipscausal.explain import explain as explained
    from ipscausal.explain import topics

    if language not in LANGUAGES:
        raise UsageError(f"--language: {language!r} is not available", remedy=f"choose one of {', '.join(LANGUAGES)}")
    found = topics(language) if name is None else explained(name, language)
    if as_json:
        return print_json({"command": "explain", "topics": [asdict(topic) for topic in found]})
    words = catalogue(language)
    if name is None:
        for kind, group in groupby(found, key=lambda topic: topic.kind):
            listed = dict.fromkeys(topic.name for topic in group)
            print(f"{plain(words.raw(f'explain.kind_{kind}'))}:\n{paragraph(', '.join(listed))}\n")
        return None
    for topic in found:
        kind = words.raw(f"explain.kind_{topic.kind}")
        print(paragraph(f"{topic.name} ({kind}): {topic.title}", "  ", ""))
        lines = list(topic.lines)
        if topic.exit_code is not None:
            lines.append((words.raw("explain.exit_code"), str(topic.exit_code)))
        for label, text in lines:
            print(paragraph(f"{label}: {text}", "    ", "  "))
    return None
