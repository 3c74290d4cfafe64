"""A PDF as assistive technology reads it: its tree of tags, with what each carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PdfReader


@dataclass
class Tag:
    """A tag by the name readers know it by (role map followed)."""

    name: str
    alt: str | None
    attributes: dict[str, Any] = field(default_factory=dict)
    children: list[Tag] = field(default_factory=list)

    def all(self, *names: str) -> list[Tag]:
        """Descendants in reading order."""
        return [tag for tag in self._descendants() if tag.name in names]

    def _descendants(self) -> Iterator[Tag]:
        for child in self.children:
            yield child
            yield from child._descendants()


def tags(reader: PdfReader) -> Tag:
    """The tree of tags of a document."""
    root = reader.root_object["/StructTreeRoot"]
    roles = {str(own): str(known) for own, known in root.get("/RoleMap", {}).items()}
    (document,) = _children(root, roles)
    return document


def _children(element: Any, roles: dict[str, str]) -> list[Tag]:
    kids = element.get("/K", [])
    found = []
    for kid in kids if isinstance(kids, list) else [kids]:
        kid = kid.get_object()
        if isinstance(kid, dict) and "/S" in kid:
            name = roles.get(str(kid["/S"]), str(kid["/S"])).removeprefix("/")
            alt = kid.get("/Alt")
            found.append(Tag(name, None if alt is None else str(alt), _attributes(kid), _children(kid, roles)))
    return found


def _attributes(element: Any) -> dict[str, Any]:
    owners = element.get("/A", [])
    return {
        str(name).removeprefix("/"): value
        for owner in (owners if isinstance(owners, list) else [owners])
        for name, value in owner.get_object().items()
    }
