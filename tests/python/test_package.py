"""What users install: the wheel, in a place without a clone and without a compiler, and the source distribution."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from test_readme import ROOT, programs

PAGE, PROGRAM, POLICY, OUTPUT = programs()[0]
# `make sdist` says where the source distribution is; to build it takes minutes.
PACKAGES = ["wheel", *(["sdist"] if "TOOLGATE_SDIST" in os.environ else [])]


@pytest.fixture(scope="module", params=PACKAGES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an environment of its own, in which the package was installed."""
    place = tmp_path_factory.mktemp(request.param)
    venv.create(place / "venv", symlinks=True)
    if request.param == "wheel":
        [package] = (ROOT / "target" / "wheels").glob("*.whl")
        install(place, shutil.copy(package, place), "--no-index", env=bare(place))
    else:
        [package] = (ROOT / os.environ["TOOLGATE_SDIST"]).glob("*.tar.gz")
        env = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
        install(place, shutil.copy(package, place), env=env)
    return place


def install(place: Path, package: str, *options: str, env: dict[str, str]) -> None:
    """Installs a package into the environment of a place, with the pip of this one."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(place / "venv"), "install"]
    subprocess.run([*pip, *options, package], cwd=place, env=env, check=True)


def bare(place: Path) -> dict[str, str]:
    """An environment in which nothing is found: no compiler, no Cargo, no clone."""
    return {"PATH": str(place / "nothing"), "HOME": str(place)}


def run(place: Path, *arguments: str) -> tuple[str, str]:
    """What the place's own Python prints."""
    python = place / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = subprocess.run([python, *arguments], cwd=place, env=bare(place), capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


def test_there_is_no_compiler_and_no_clone_here(place: Path) -> None:
    show = "import shutil, toolgate; print(shutil.which('cargo'), shutil.which('cc'), toolgate.__file__)"
    stdout, _ = run(place, "-c", show)
    assert stdout.startswith(f"None None {place / 'venv'}")


def test_the_program_of_the_readme_runs(place: Path) -> None:
    (place / "program.py").write_text(PROGRAM, encoding="utf-8")
    (place / "toolgate.yaml").write_text(POLICY or "", encoding="utf-8")
    assert PAGE == "README.md"
    assert run(place, "program.py") == (OUTPUT, "")


def test_it_brings_its_types_and_its_licence_and_needs_nothing_else(place: Path) -> None:
    show = "import importlib.metadata as m; print(*m.files('toolgate'), sep='\\n'); print(m.requires('toolgate'))"
    *files, requires = run(place, "-c", show)[0].splitlines()
    names = {Path(file).name for file in files}
    assert {"py.typed", "_native.pyi", "LICENSE"} <= names
    assert not any(name.endswith((".rs", ".toml")) for name in names)
    # What is listed belongs to extras.
    assert all("extra ==" in one for one in requires.strip("[]").split(", '"))
