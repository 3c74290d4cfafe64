"""Cells of several registries as one: what each hands over, whether their definitions agree, and their sum."""

from ipscausal.pooling.agreement import differences, section_digests
from ipscausal.pooling.member import CELLS, Member, read_member, restate, write_member
from ipscausal.pooling.uniting import Pooled, to_json, unite

__all__ = [
    "CELLS",
    "Member",
    "Pooled",
    "differences",
    "read_member",
    "restate",
    "section_digests",
    "to_json",
    "unite",
    "write_member",
]
