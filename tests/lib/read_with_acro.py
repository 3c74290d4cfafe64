"""Run by a Python that has acro: opens a release folder with acro's own loader and prints, as JSON, what it found.

Arguments: the folder, and a copy of it without checksums, into which acro writes its own.
"""

import contextlib
import json
import sys

import pandas as pd
from acro import record


def told(output: object) -> object:
    """A table as its cells, another file as its name."""
    if not isinstance(output, pd.DataFrame):
        return output
    return {"columns": list(output.columns), "empty": output.isna().to_numpy().tolist()}


with contextlib.redirect_stdout(sys.stderr):
    records = record.load_records(sys.argv[1])
    records.write_checksums(sys.argv[2])
    for found in records.results.values():
        str(found)
fields = ("status", "output_type", "properties", "summary", "exception", "comments", "sdc")
entries = {
    uid: {**{name: getattr(found, name) for name in fields}, "output": [told(output) for output in found.output]}
    for uid, found in records.results.items()
}
print(json.dumps(entries))
