"""python -m synthetic_registry: write a synthetic registry with known effects."""

from __future__ import annotations

import argparse
import sys
import textwrap

from synthetic_registry.scenario import SCENARIOS


def _parser() -> argparse.ArgumentParser:
    from synthetic_registry.defects import DEFECTS
    from synthetic_registry.layouts import LAYOUTS

    lines = [f"  {name:24}{defect.severity:9}{defect.what}" for name, defect in DEFECTS.items()]
    parser = argparse.ArgumentParser(
        prog="python -m synthetic_registry",
        description="Writes realistic registry extracts (persons, residence, employment, benefits, rollout), a ready "
        "study.toml and truth.json, the effect computed from both work histories of every person. The same "
        "scenario, seed, persons and defects give the same bytes.",
        epilog="defects (severity a contract should give them):\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.description = textwrap.fill(str(parser.description), 100)
    parser.add_argument("--scenario", required=True, metavar="NAME", help=f"one of: {', '.join(SCENARIOS)}")
    parser.add_argument("--seed", required=True, type=int, metavar="N", help="whole number from 0")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write; must be absent or empty")
    parser.add_argument(
        "--persons", type=int, metavar="N", help="persons in all, sizes in proportion (default: the scenario's own)"
    )
    parser.add_argument(
        "--layout", default="spells", metavar="NAME",
        help=f"of residence, employment and benefits, the same truth in each: {', '.join(LAYOUTS)} (default: spells)",
    )  # fmt: skip
    parser.add_argument("--defects", default="", metavar="NAME,...", help="defects to plant, comma between them")
    return parser


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rpersons {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0; 2 with a message for arguments that cannot be carried out; 130 when interrupted."""
    given = _parser().parse_args(arguments)
    from synthetic_registry.write import write_registry

    names = [name.strip() for name in given.defects.split(",") if name.strip()]
    progress = _show if sys.stderr.isatty() else None
    try:
        folder = write_registry(given.scenario, given.seed, given.out, given.persons, names, progress, given.layout)
    except (ValueError, OSError) as error:
        print(f"synthetic_registry: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("synthetic_registry: interrupted; nothing was written", file=sys.stderr)
        return 130
    print(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
