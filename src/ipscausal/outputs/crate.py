"""`ro-crate-metadata.json`: the manifest told in the vocabulary of RO-Crate 1.1.

Archives and trusted environments read it: what the folder holds, which command made it, by which software and from
what. It says nothing that the manifest does not say; extracts lie elsewhere, so they are described and not linked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

CRATE = "ro-crate-metadata.json"
RELEASE = "release"
SOFTWARE, STUDY, ACTION, TERMS = "#ipscausal", "#study", "#command", "#terms"
_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_CONFORMS = "https://w3id.org/ro/crate/1.1"
_FOLDERS = {
    "restricted": "Person-years, cells and unsuppressed results; stays inside the secure environment",
    RELEASE: "What may leave once an output checker has approved it",
    "report": "The report, made from release/ alone",
}
_FORMATS = {
    ".csv": "text/csv", ".json": "application/json", ".jsonl": "application/jsonl", ".png": "image/png",
    ".md": "text/markdown", ".txt": "text/plain", ".html": "text/html", ".pdf": "application/pdf",
    ".parquet": "application/vnd.apache.parquet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip

Entity = dict[str, Any]


def holds_study(manifest: Mapping[str, Any]) -> bool:
    """Whether the folder holds the release of a study: what an archive would want to know about."""
    return RELEASE in manifest["parts"] and "study" in manifest


def crate(manifest: Mapping[str, Any]) -> Entity:
    """The document for the manifest of such a folder."""
    outputs = manifest["outputs"]
    folders = [name for name in _FOLDERS if name in manifest["parts"]]
    files = [_file(entry) for entry in outputs]
    manifest_file = {
        "@id": "manifest.json", "@type": "File", "name": "Hashes, versions and times",
        "encodingFormat": "application/json",
    }  # fmt: skip
    inputs = [_input(table) for table in manifest.get("inputs", ())]
    graph = [
        {
            "@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": _CONFORMS}, "about": {"@id": "./"},
        },
        _root(manifest, [manifest_file, *(_folder(name, outputs) for name in folders), *files]),
        manifest_file,
        *(_folder(name, outputs) for name in folders),
        *files,
        _software(manifest),
        _study(manifest),
        *inputs,
        _action(manifest, inputs),
        {
            "@id": TERMS, "@type": "CreativeWork", "name": "Terms",
            "description": "restricted/ stays inside; release/ and report/ leave as the data owner decides",
        },
    ]  # fmt: skip
    return {"@context": _CONTEXT, "@graph": graph}


def _root(manifest: Mapping[str, Any], parts: list[Entity]) -> Entity:
    return {
        "@id": "./", "@type": "Dataset", "name": f"ipscausal: {manifest['study']['id']}",
        "description": "Difference-in-differences evaluation of a rollout: results, release and report of one study",
        "datePublished": manifest["finished"], "license": {"@id": TERMS}, "mentions": {"@id": ACTION},
        "hasPart": _links(parts),
    }  # fmt: skip


def _folder(name: str, outputs: list[Mapping[str, Any]]) -> Entity:
    inside = [{"@id": entry["path"]} for entry in outputs if entry["path"].startswith(f"{name}/")]
    return {"@id": f"{name}/", "@type": "Dataset", "name": name, "description": _FOLDERS[name], "hasPart": inside}


def _file(entry: Mapping[str, Any]) -> Entity:
    path = PurePosixPath(entry["path"])
    return {
        "@id": str(path), "@type": "File", "name": path.name, "contentSize": str(entry["bytes"]),
        "identifier": f"sha256:{entry['sha256']}",
        "encodingFormat": _FORMATS.get(path.suffix, "application/octet-stream"),
    }  # fmt: skip


def _input(table: Mapping[str, Any]) -> Entity:
    name = str(table["table"])
    return {
        "@id": f"#input-{name.replace(' ', '-')}", "@type": "CreativeWork", "name": f"extract: {name}",
        "identifier": f"sha256:{table['sha256']}",
    }  # fmt: skip


def _software(manifest: Mapping[str, Any]) -> Entity:
    beside = [f"{name} {version}" for name, version in sorted(manifest.get("packages", {}).items())]
    software = manifest["software"]
    return {
        "@id": SOFTWARE, "@type": "SoftwareApplication", "name": software["name"],
        "softwareVersion": software["release"], "softwareRequirements": [f"Python {manifest['python']}", *beside],
    }  # fmt: skip


def _study(manifest: Mapping[str, Any]) -> Entity:
    study = manifest["study"]
    return {
        "@id": STUDY, "@type": "CreativeWork", "name": f"study file {study['id']}",
        "identifier": f"sha256:{study['fingerprint']}", "creativeWorkStatus": study["plan"],
    }  # fmt: skip


def _action(manifest: Mapping[str, Any], inputs: list[Entity]) -> Entity:
    """The last command; its result are the parts that come from its run."""
    made = [name for name, run in manifest["parts"].items() if run == manifest["run"]]
    result = [{"@id": entry["path"]} for entry in manifest["outputs"] if entry["path"].split("/")[0] in made]
    return {
        "@id": ACTION, "@type": "CreateAction", "name": f"ipscausal {manifest['command']}",
        "instrument": {"@id": SOFTWARE}, "object": [{"@id": STUDY}, *_links(inputs)], "result": result,
        "startTime": manifest["started"], "endTime": manifest["finished"],
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }  # fmt: skip


def _links(entities: list[Entity]) -> list[Entity]:
    return [{"@id": entity["@id"]} for entity in entities]
