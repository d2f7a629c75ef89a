"""The project's chores. ``nox`` runs the default ones; ``nox -l`` lists them all."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

ROOMS = ["evaluator", "generators", "harness", "reference_batches", "reports"]
FOLDERS = [*ROOMS, "tests", "examples", "noxfile.py"]


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite against an installed wheel."""
    session.install("-c", "constraints.txt", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, imports and formatting."""
    session.install("-c", "constraints.txt", "ruff")
    session.run("ruff", "check", *FOLDERS)
    session.run("ruff", "format", "--check", *FOLDERS)


@nox.session
def types(session: nox.Session) -> None:
    """Check the annotations of the installed package."""
    session.install("-c", "constraints.txt", ".", "mypy", "pytest", "types-protobuf", "types-PyYAML")
    # Elsewhere than the root, where the bare folders would be found under their wrong names.
    root = session.invoked_from
    session.chdir(session.create_tmp())
    session.run("mypy", "--config-file", f"{root}/pyproject.toml", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Time the fast paths against their plain alternatives."""
    session.install("-c", "constraints.txt", ".[test]")
    session.install("--no-deps", "torch-fidelity>=0.4")  # its extractor needs none of what it depends on
    session.run("pytest", "tests/benchmarks", "--benchmark-enable", "--benchmark-only", *session.posargs)


@nox.session
def calibration(session: nox.Session) -> None:
    """Measure the gate's false alarms and its power; docs/gate.md quotes the tables. About half an hour of one core."""
    session.install("-c", "constraints.txt", ".")
    session.run("python", "tests/studies/gate_calibration", *session.posargs)


@nox.session
def sampling_speed(session: nox.Session) -> None:
    """Time sampling alone: networks in every way of computing them beside a straightforward one, and the noise."""
    session.install("-c", "constraints.txt", ".[test]")
    files = [f"tests/benchmarks/test_{name}_benchmark.py" for name in ("unet", "sampling")]
    session.run("pytest", *files, "--benchmark-enable", "--benchmark-only", *session.posargs)


@nox.session
def parity(session: nox.Session) -> None:
    """Compare `beatgans evaluate` with OpenAI's procedure on more images than features; takes twenty minutes."""
    session.install("-c", "constraints.txt", ".[test]")
    session.run("pytest", "-s", "tests/studies/study_original_evaluator.py", *session.posargs)


@nox.session
def sharing(session: nox.Session) -> None:
    """Share out a run among processes, kill these fifty times, and compare; takes twenty minutes and more."""
    session.install("-c", "constraints.txt", ".[test]")
    session.run("pytest", "-s", "tests/studies/study_sharing.py", *session.posargs)


@nox.session
def standins(session: nox.Session) -> None:
    """Run the paper's suites from plan to report on small files of the real formats; takes twenty minutes."""
    session.install("-c", "constraints.txt", ".[test]")
    session.run("pytest", "-s", "tests/studies/study_stand_ins.py", *session.posargs)


@nox.session
def ablations(session: nox.Session) -> None:
    """Repeat the papers' ablations on the digits; goes on where it was interrupted."""
    session.install("-c", "constraints.txt", ".")
    session.run("beatgans", "ablate", "digits", "-o", "runs/ablations", *session.posargs)


@nox.session
def costs(session: nox.Session) -> None:
    """Count the operations of the catalog's networks again, for generators/costs.csv."""
    session.install("-c", "constraints.txt", ".")
    session.run("python", "-m", "beatgans.generators.costs", *session.posargs)


@nox.session
def page(session: nox.Session) -> None:
    """Open the report's page in a headless Chromium, and check it for accessibility. Takes chromium and npm."""
    session.install("-c", "constraints.txt", ".[test]")
    folder = session.create_tmp()
    session.run("npm", "install", "--no-save", "--prefix", folder, "axe-core@4", external=True)
    axe = f"{folder}/node_modules/axe-core/axe.min.js"
    session.run("pytest", "tests/reports/page", "-rs", *session.posargs, env={"AXE": axe})


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel and the source archive, and run the command from the wheel."""
    session.install("-c", "constraints.txt", "build")
    out = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", out, ".")
    session.run("bash", "-c", f"pip install -c constraints.txt {out}/*.whl", external=True)
    session.run("beatgans", "list", "models")


@nox.session
def weights(session: nox.Session) -> None:
    """Train the models that ship with the package again, into the folder ``trained``."""
    session.install("-c", "constraints.txt", ".")
    session.run("beatgans", "train", "digits", "-o", "trained", *session.posargs)
