"""The output folder: every command replaces whole parts of it, or nothing at all.

    with outputs.transaction(out, parts=("restricted", "release", "report")) as staging:
        ...write into staging.part("release")...
        staging.commit({"command": "run", ...})

`folder` stages, seals and moves; `lock` keeps two commands apart; `manifest` says what a folder
holds and recognises one whose files no longer belong together.
"""

from ipscausal.outputs.folder import Staging, require_ours, transaction
from ipscausal.outputs.manifest import (
    environment,
    file_sha256,
    read_manifest,
    require_made_by,
    require_unedited,
    require_whole,
)

__all__ = [
    "Staging",
    "environment",
    "file_sha256",
    "read_manifest",
    "require_made_by",
    "require_ours",
    "require_unedited",
    "require_whole",
    "transaction",
]
