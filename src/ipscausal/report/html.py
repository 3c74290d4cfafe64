"""HTML renderer: one file, no request to anywhere."""

from __future__ import annotations

import base64
import functools

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ipscausal.report.document import Document


def html(document: Document) -> bytes:
    """The document as a self-contained page in UTF-8; style sheet and figures are inside it."""
    text: str = _environment().get_template("report.html.j2").render(document=document)
    return text.encode()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ipscausal.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["data_uri"] = _data_uri
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    environment.globals["style_sheet"] = Markup(_template_text(environment, "report.css"))  # noqa: S704 our own file
    return environment


def _template_text(environment: Environment, name: str) -> str:
    if environment.loader is None:
        raise LookupError(name)
    return environment.loader.get_source(environment, name)[0]


def _data_uri(svg: str) -> str:
    """An image of its own, so that ids in two figures never meet."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
