"""The commands of `ipscausal`: parse, call the pipeline, show what came out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ipscausal.cli.progress import Progress
from ipscausal.cli.screen import beside_error, print_json

if TYPE_CHECKING:
    from ipscausal.machine import Machine
    from ipscausal.second_opinion import VerifyReport

app = typer.Typer(
    name="ipscausal",
    help="What did rolling out Individual Placement and Support do to people's working life here?",
    epilog="Exit codes: 0 done, 1 bug, 2 usage, study file or machine (memory, disk), 3 data contract, 4 disclosure, "
    "5 not identified, 130 interrupted (143 by SIGTERM).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_ENGINES = ("duckdb", "spark")
StudyFile = Annotated[Path, typer.Option("--study", help="The study file.", metavar="FILE")]
Extracts = Annotated[
    Path, typer.Option("--extracts", help="Folder with the extracts.", metavar="DIR", exists=True, file_okay=False)
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the outputs.", metavar="DIR")]
OptionalOut = Annotated[
    Path | None, typer.Option("--out", help="Also write the table and a figure here.", metavar="DIR")
]
OptionalTable = Annotated[Path | None, typer.Option("--out", help="Also write the tables here.", metavar="DIR")]
Draws = Annotated[
    int | None, typer.Option("--draws", help="Copies of the panel (default: the study's calibration_draws).", min=100)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language", help="A language of the report; may be given again (default: the study's).", metavar="CODE"
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="A format of the report; may be given again (default: the study's).", metavar="NAME"),
]
Template = Annotated[
    Path | None,
    typer.Option(
        "--template", help="A .docx or .dotx of your agency's own, for the report in Word.", metavar="FILE",
        exists=True, dir_okay=False,
    ),
]  # fmt: skip
LedgerFile = Annotated[
    Path | None, typer.Option("--ledger", help="Also hold the release against this shared ledger.", metavar="FILE")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and write nothing.")]


def _numbers(text: str) -> str:
    text = text.replace(" ", "")
    if not re.fullmatch(r"\d+(\.\d+)?(,\d+(\.\d+)?)*", text):
        raise typer.BadParameter("give a number or several with commas, such as 1,2,3")
    return text


def _whole(text: str) -> str:
    text = text.replace(" ", "")
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise typer.BadParameter("give a whole number or several with commas, such as 1,2,3")
    return text


def _counts(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _floats(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


def _size(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B)", text):
        raise typer.BadParameter("give a number with KB, MB, GB or TB, such as 512MB or 4GB")
    return text


def _known_engine(text: str) -> str:
    if text not in _ENGINES:
        raise typer.BadParameter(f"give {' or '.join(_ENGINES)}, not {text!r}")
    return text


Memory = Annotated[
    str, typer.Option("--memory-limit", help="Memory of the engine, such as 512MB.", metavar="SIZE", callback=_size)
]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads of the engine (default: all cores).", min=1)]
Fresh = Annotated[bool, typer.Option("--fresh", help="Reuse nothing of an earlier run in the folder.")]
Buckets = Annotated[
    int | None,
    typer.Option(
        "--buckets", help="Ranges of persons counted one by one (default: by rows and memory).", min=1, max=4096
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        "--engine", help="What runs the SQL; no number changes.", metavar="[duckdb|spark]", callback=_known_engine
    ),
]
SparkMaster = Annotated[
    str | None,
    typer.Option(
        "--spark-master", help="Where Spark runs (default: SPARK_MASTER, SPARK_REMOTE, this machine).", metavar="URL"
    ),
]


def _version(asked: bool) -> None:
    if asked:
        from ipscausal import __version__

        print(f"ipscausal {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None: ...


def _machine(
    memory_limit: str = "2GB", threads: int | None = None, buckets: int | None = None, engine: str = "duckdb",
    spark_master: str | None = None, fresh: bool = False, ledger: Path | None = None,
) -> Machine:  # fmt: skip
    from ipscausal.machine import Machine

    progress = Progress()
    return Machine(memory_limit, threads, progress, progress.counted, buckets, engine, spark_master, fresh, ledger)


@app.command()
def demo(
    out: Out, as_json: Json = False, dry_run: DryRun = False, memory_limit: Memory = "2GB", threads: Threads = None
) -> None:
    """Write the synthetic reference study, run it, and compare with the known truth."""
    from ipscausal.cli import plan, starting

    if dry_run:
        return plan.show_files("demo", out, as_json)
    truth, results = starting.demo(out, _machine(memory_limit, threads))
    return _show_run("demo", results, as_json, truth)


@app.command()
def init(out: Out, as_json: Json = False, dry_run: DryRun = False) -> None:
    """Write a commented study.toml and a small synthetic registry to rehearse on."""
    from ipscausal.cli import plan, starting

    if dry_run:
        return plan.show_files("init", out, as_json)
    starting.init(out)
    if as_json:
        return print_json({"command": "init", "study": str(out / "study.toml"), "extracts": str(out / "extracts")})
    print(
        f"{out / 'study.toml'}: a study file with every choice explained\n"
        f"{out / 'extracts'}: a small synthetic registry to rehearse on\n\n"
        f"Next: ipscausal run --study {out / 'study.toml'} --extracts {out / 'extracts'} --out {out / 'results'}"
    )


@app.command()
def check(
    study: StudyFile, extracts: Extracts, as_json: Json = False, dry_run: DryRun = False,
    memory_limit: Memory = "2GB", threads: Threads = None, buckets: Buckets = None,
    engine: Engine = "duckdb", spark_master: SparkMaster = None,
) -> None:  # fmt: skip
    """Check the extracts against the contract; counts only, nothing is written."""
    from ipscausal import pipeline, study_file
    from ipscausal.cli import checked

    wanted = study_file.read_study(study)
    machine = _machine(memory_limit, threads, buckets, engine, spark_master)
    if dry_run:
        return _show_plan("check", wanted, extracts, None, machine, as_json)
    delivery, quality = pipeline.check(wanted, extracts, machine)
    return checked.show(delivery, quality, as_json)


@app.command()
def panel(
    study: StudyFile, extracts: Extracts, out: Out, as_json: Json = False, dry_run: DryRun = False,
    memory_limit: Memory = "2GB", threads: Threads = None, buckets: Buckets = None,
    engine: Engine = "duckdb", spark_master: SparkMaster = None, fresh: Fresh = False,
) -> None:  # fmt: skip
    """Person-years and municipality-year cells, and nothing to release."""
    from ipscausal import pipeline, study_file
    from ipscausal.cli import checked

    wanted = study_file.read_study(study)
    machine = _machine(memory_limit, threads, buckets, engine, spark_master, fresh)
    if dry_run:
        return _show_plan("panel", wanted, extracts, out, machine, as_json)
    counted = pipeline.panel(wanted, extracts, out, machine)
    return checked.show_panel(counted, wanted, out, as_json)


@app.command()
def run(
    study: StudyFile, extracts: Extracts, out: Out, as_json: Json = False, dry_run: DryRun = False,
    memory_limit: Memory = "2GB", threads: Threads = None, buckets: Buckets = None,
    engine: Engine = "duckdb", spark_master: SparkMaster = None, fresh: Fresh = False, template: Template = None,
    ledger: LedgerFile = None,
) -> None:  # fmt: skip
    """Everything: from extracts to a report made of what may leave."""
    from ipscausal import locked_plan, pipeline, study_file

    wanted = study_file.read_study(study)
    planned = locked_plan.plan_beside(wanted, study)
    machine = _machine(memory_limit, threads, buckets, engine, spark_master, fresh, ledger)
    if dry_run:
        return _show_plan("run", wanted, extracts, out, machine, as_json)
    finished = pipeline.run(wanted, extracts, out, machine, planned, template)
    if finished.opinion is not None and not as_json:
        print(finished.opinion.text(), end="\n\n")
    return _show_run("run", out, as_json, opinion=finished.opinion)


@app.command()
def report(
    out: Out, language: Languages = None, format_: Formats = None, template: Template = None, as_json: Json = False,
    dry_run: DryRun = False,
) -> None:  # fmt: skip
    """Render the report again from the release of a finished run, in place of the report there."""
    from ipscausal import pipeline
    from ipscausal.cli import plan

    if dry_run:
        return plan.show_files("report", out, as_json)
    files = pipeline.report(out, _machine(), language or (), format_ or (), template)
    if as_json:
        return print_json({"command": "report", "report": [str(path) for path in files]})
    return print("\n".join(str(path) for path in files))


@app.command()
def release(out: Out, ledger: LedgerFile = None, as_json: Json = False, dry_run: DryRun = False) -> None:
    """Take the disclosure step again from the results of a finished run."""
    from ipscausal import pipeline
    from ipscausal.cli import plan

    if dry_run:
        return plan.show_files("release", out, as_json)
    pipeline.release(out, _machine(ledger=ledger))
    return _show_run("release", out, as_json)


@app.command()
def verify(out: Out, as_json: Json = False, dry_run: DryRun = False) -> None:
    """Refit the headline on the person rows with linearmodels and statsmodels."""
    from ipscausal import pipeline
    from ipscausal.cli import plan

    if dry_run:
        return plan.show_files("verify", out, as_json)
    opinion = pipeline.verify(out, _machine())
    if not as_json:
        print(opinion.text())
        return _require_agreement(opinion)
    document = json.loads(opinion.to_json())
    with beside_error(document):
        _require_agreement(opinion)
    return print_json(document)


@app.command()
def candidates(
    study: StudyFile, extracts: Extracts, out: OptionalOut = None, as_json: Json = False, dry_run: DryRun = False,
    memory_limit: Memory = "2GB", threads: Threads = None, engine: Engine = "duckdb", spark_master: SparkMaster = None,
) -> None:  # fmt: skip
    """Comparison municipalities to choose from, by pre-period data only."""
    from ipscausal import pipeline, study_file
    from ipscausal.cli import checked

    wanted = study_file.read_study(study)
    machine = _machine(memory_limit, threads, None, engine, spark_master)
    if dry_run:
        return _show_plan("candidates", wanted, extracts, out, machine, as_json)
    rows = pipeline.candidates(wanted, extracts, out, machine)
    return checked.show_candidates(rows, wanted, out, as_json)


@app.command()
def calibrate(
    study: StudyFile, extracts: Extracts, draws: Draws = None, out: OptionalTable = None, as_json: Json = False,
    dry_run: DryRun = False, memory_limit: Memory = "2GB", threads: Threads = None, buckets: Buckets = None,
    engine: Engine = "duckdb", spark_master: SparkMaster = None,
) -> None:  # fmt: skip
    """Try methods of inference on copies of the panel, before outcomes after the start are used."""
    from ipscausal import pipeline, study_file
    from ipscausal.cli import advised

    wanted = study_file.read_study(study)
    machine = _machine(memory_limit, threads, buckets, engine, spark_master)
    if dry_run:
        return _show_plan("calibrate", wanted, extracts, out, machine, as_json)
    advice = pipeline.calibrate(wanted, extracts, out, draws, machine)
    return advised.show_advice(advice, wanted.population.period, out, as_json)


@app.command()
def power(
    treated: Annotated[str, typer.Option("--treated", help="Treated municipalities.", metavar="N,..", callback=_whole)],
    controls: Annotated[str, typer.Option("--controls", help="Comparison municipalities.", metavar="N,..",
                                          callback=_whole)],
    years_before: Annotated[str, typer.Option("--years-before", help="Years before the start.", metavar="N,..",
                                              callback=_whole)],
    years_after: Annotated[str, typer.Option("--years-after", help="Years from the start on.", metavar="N,..",
                                             callback=_whole)],
    persons: Annotated[str, typer.Option("--persons", help="Recipients a year and municipality.", metavar="N,..",
                                         callback=_numbers)],
    person_sd: Annotated[str, typer.Option("--person-sd", help="Standard deviation of persons.", metavar="X,..",
                                           callback=_numbers)],
    shock_sd: Annotated[str, typer.Option("--shock-sd", help="Standard deviation of yearly shocks to municipalities.",
                                          metavar="X,..", callback=_numbers)],
    rho: Annotated[str, typer.Option("--rho", help="Correlation of shocks from year to year.", metavar="X,..",
                                     callback=_numbers)],
    level: Annotated[float, typer.Option("--level", help="Level of intervals.", min=0.5, max=0.999)] = 0.95,
    method: Annotated[str | None, typer.Option("--method", help="Also simulate this method.", metavar="NAME")] = None,
    draws: Annotated[int, typer.Option("--draws", help="Data sets when a method is simulated.", min=100)] = 1000,
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:  # fmt: skip
    """What a study could find, before data are bought; needs no data."""
    from ipscausal import api
    from ipscausal.cli import advised, plan

    if dry_run:
        return plan.show_nothing("power", as_json)
    found = api.power(
        treated=_counts(treated), controls=_counts(controls), years_before=_counts(years_before),
        years_after=_counts(years_after), persons=_floats(persons), person_sd=_floats(person_sd),
        shock_sd=_floats(shock_sd), rho=_floats(rho), level=level, method=method, draws=draws,
    )  # fmt: skip
    return advised.show_power(found, as_json)


def _require_agreement(opinion: VerifyReport | None) -> None:
    """Raises IpsError (exit 1) where the second opinion differs; the outputs, which say so, are in place by then."""
    from ipscausal.errors import IpsError

    if opinion is not None and not opinion.agrees:
        raise IpsError("the second opinion differs from the results", remedy="report this; do not use the numbers")


def _show_plan(command: str, study: Any, extracts: Path, out: Path | None, machine: Machine, as_json: bool) -> None:
    from ipscausal.cli import plan

    plan.show(command, study, extracts, out, machine, as_json)


def _show_run(
    command: str, out: Path, as_json: bool, truth: dict[str, Any] | None = None, opinion: VerifyReport | None = None
) -> None:
    """The result of a run from its release, the truth beside it where it is known, and where the report is.

    Raises as `_require_agreement` does.
    """
    from ipscausal.cli import released
    from ipscausal.report import read

    found = read(out / "release")
    reports = sorted((out / "report").iterdir())
    if as_json:
        more = {"truth": truth} if truth else {}
        files = {"out": str(out), "report": [str(path) for path in reports]}
        document = {"command": command, **released.document(found), **more, **files}
        with beside_error(document):
            _require_agreement(opinion)
        return print_json(document)
    print(released.text(found))
    if truth and (known := released.beside_truth(found, truth)):
        print(f"\n{known}")
    print("\n" + "\n".join(f"Report: {path}" for path in reports))
    return _require_agreement(opinion)
