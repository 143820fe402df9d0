"""The import law of docs/architecture.md: walked in syntax trees, tried in fresh processes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "vsdpo_jax"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / PACKAGE).rglob("*.py"))
}
CONFIGS = sorted((ROOT / "configs").rglob("*.py"))

# Part of the package -> what of ours it may import.
MAY_IMPORT = {
    "records": set(),
    "core": {"core"},
    "models": {"models", "core"},
    "rollout": {"rollout", "models", "core", "records"},
    "sandbox": {"sandbox", "records"},
    "credit": {"credit", "records"},
    "domains": {"domains", "sandbox", "credit", "records"},
    "endpoint": {"endpoint", "runtime"},
    "benchmarks": {
        "benchmarks",
        "domains",
        "sandbox",
        "credit",
        "records",
        "runtime",
        "models",
        "endpoint",
    },
}
# Render workers start fast and never fork a process that holds a device.
NO_JAX = ("records", "sandbox", "credit", "domains", "benchmarks", "endpoint")
HEAVY = {"jax", "jaxlib", "flax", "optax", "orbax", "transformers", "torch", "ml_collections"}
# They run under the interpreter that draws, which need not have anything else of ours installed.
IN_THE_CHILD = (
    *(name for name in MODULES if name.endswith(".child.recorder")),
    f"{PACKAGE}.sandbox.zygote",
)
DOMAINS = sorted(
    name.split(".")[2]
    for name in MODULES
    if re.fullmatch(rf"{PACKAGE}\.domains\.\w+\.domain", name)
)
BENCHMARKS = sorted(
    name.split(".")[2]
    for name in MODULES
    if re.fullmatch(rf"{PACKAGE}\.benchmarks\.\w+\.benchmark", name)
)
# Of domains, with or without a record yet.
FOLDERS = {
    path.parent.name
    for path in (ROOT / PACKAGE / "domains").glob("*/__init__.py")
}  # fmt: skip
# Room of a domain -> the rooms that it may import. The child, which is not trusted, sees no judge.
ROOMS = {
    "drawlist": {"drawlist"},
    "deck": {"deck"},
    "child": {"child", "drawlist", "deck"},
    "paint": {"paint", "drawlist"},
    "source": {"source"},
    "page": {"page", "source"},
    "browser": {"browser", "page", "source"},
    "render": {"render", "deck"},
    "judge": {"judge", "paint", "drawlist", "page", "source", "deck"},
    "lab": {"lab", "judge", "paint", "deck"},
    "domain": {"child", "drawlist", "paint", "judge", "lab", "source", "browser", "render"},
}
# Where a domain may be named.
NAMING = (
    "configs", "tests", "docs", "notebooks", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
    "Makefile",
)  # fmt: skip
PLOTTING_STACK = {
    "PIL", "cycler", "dateutil", "lxml", "matplotlib", "mpl_toolkits", "numpy", "pandas", "pptx",
    "scipy", "seaborn",
}  # fmt: skip


def imports(module: str, source: str, *, is_package: bool) -> set[str]:
    """Dotted names of everything that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".") + ["_"] * is_package
            base = parts[: len(parts) - node.level] if node.level else []
            base = ".".join(base + ([node.module] if node.module else []))
            found |= {f"{base}.{alias.name}" for alias in node.names} | {base}
    return found - {""}


IMPORTS = {
    module: imports(module, path.read_text(), is_package=path.name == "__init__.py")
    for module, path in MODULES.items()
}


def part_of(module: str) -> str:
    """ "core" of "vsdpo_jax.core.step"; "" of the package itself."""
    return module.split(".")[1] if "." in module else ""


def own_parts(module: str) -> set[str]:
    own = {name for name in IMPORTS[module] if name.split(".")[0] == PACKAGE}
    return {part_of(name) for name in own} - {"", "__version__"}


def test_the_walk_sees_every_form_of_import():
    source = (
        "import a.b as c\nfrom . import d\nfrom .e import f\nfrom .. import g\n"
        "def h():\n    if True:\n        from vsdpo_jax.i.j import k\n"
    )
    assert imports("vsdpo_jax.x.y", source, is_package=False) == {
        "a.b", "vsdpo_jax.x", "vsdpo_jax.x.d", "vsdpo_jax.x.e", "vsdpo_jax.x.e.f", "vsdpo_jax",
        "vsdpo_jax.g", "vsdpo_jax.i.j", "vsdpo_jax.i.j.k",
    }  # fmt: skip
    assert imports("vsdpo_jax.x", "from . import d", is_package=True) == {
        "vsdpo_jax.x",
        "vsdpo_jax.x.d",
    }


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_parts_import_downwards(part):
    modules = [module for module in MODULES if part_of(module) == part]
    assert modules
    for module in modules:
        assert own_parts(module) <= MAY_IMPORT[part], module


@pytest.mark.parametrize("part", NO_JAX)
def test_the_host_side_never_imports_jax(part):
    for module in (module for module in MODULES if part_of(module) == part):
        assert not {name.split(".")[0] for name in IMPORTS[module]} & HEAVY, module


def test_runtime_never_imports_domains_and_nothing_imports_testing():
    for module in MODULES:
        if part_of(module) == "runtime":
            assert not own_parts(module) & {"domains"}, module
        if part_of(module) != "testing":
            assert "testing" not in own_parts(module), module


@pytest.mark.parametrize("domain", DOMAINS)
def test_rooms_of_a_domain_import_as_far_as_they_are_trusted(domain):
    folder = f"{PACKAGE}.domains.{domain}"
    modules = [module for module in MODULES if module.startswith(f"{folder}.")]
    for module in modules:
        room = module.split(".")[3]
        assert room in ROOMS, f"{module}: which room is that?"
        ours = {name for name in IMPORTS[module] if name.startswith(f"{folder}.")}
        assert {name.split(".")[3] for name in ours} <= ROOMS[room], module


def test_domains_know_nothing_of_each_other_and_what_they_share_knows_none():
    for module in MODULES:
        parts = module.split(".")
        if parts[1:2] == ["benchmarks"] and set(parts) & set(BENCHMARKS):
            continue
        own = parts[2] if parts[1:2] == ["domains"] and parts[2:3] and parts[2] in DOMAINS else ""
        foreign = {f"{PACKAGE}.domains.{name}" for name in DOMAINS if name != own}
        found = {".".join(name.split(".")[:3]) for name in IMPORTS[module]}
        assert not found & foreign, module


@pytest.mark.parametrize("domain", DOMAINS)
def test_nothing_outside_its_folder_names_a_domain(domain):
    """Found by folder: configs, tests and documents choose one, code never does. In the folder of
    another domain its name may be a word: slides have charts."""
    own = ROOT / PACKAGE / "domains" / domain
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split("\n")  # fmt: skip
    paths = [ROOT / name for name in listed if name] or [*(ROOT / PACKAGE).rglob("*")]
    texts = (".py", ".toml", ".txt", ".sh", ".css", ".yaml", ".cfg", "")
    for path in paths:
        name = path.relative_to(ROOT)
        if name.parts[0] in NAMING or own in path.parents or path.suffix not in texts:
            continue
        if name.parts[:2] == (PACKAGE, "benchmarks") and name.parts[2] in BENCHMARKS:
            continue  # a benchmark knows whose renderers and judges it uses
        if name.parts[:2] == (PACKAGE, "domains") and name.parts[2] in FOLDERS:
            assert f"domains.{domain}" not in path.read_text("utf-8", "replace"), name
            continue
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            assert not re.search(rf"\b{domain}\b", text), f"{name} names the domain {domain}"


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_nothing_outside_its_folder_names_a_benchmark(benchmark):
    own = ROOT / PACKAGE / "benchmarks" / benchmark
    for path in (ROOT / PACKAGE / "benchmarks").rglob("*.py"):
        if own not in path.parents:
            assert benchmark not in path.read_text("utf-8"), path
    assert benchmark not in (ROOT / PACKAGE / "score.py").read_text("utf-8")
    for module in MODULES:
        if not module.startswith(f"{PACKAGE}.benchmarks.{benchmark}"):
            assert not any(f"benchmarks.{benchmark}" in name for name in IMPORTS[module]), module


@pytest.mark.parametrize("root", [name for name in IN_THE_CHILD if name in MODULES])
def test_the_child_needs_only_the_standard_library_and_the_plotting_stack(root):
    todo, seen = [root], set()
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        todo += [name for name in IMPORTS[module] if name in MODULES]
        # A module's packages are imported before it.
        todo += [".".join(module.split(".")[:end]) for end in range(1, module.count(".") + 1)]
    foreign = {name.split(".")[0] for module in seen for name in IMPORTS[module]}
    assert foreign <= set(sys.stdlib_module_names) | PLOTTING_STACK | {PACKAGE, "__future__"}


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh process has loaded after ``code``."""
    code += f"\nimport sys; print(*sorted(set(sys.modules) & {HEAVY!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_what_render_workers_import_loads_no_jax():
    modules = [module for module in MODULES if part_of(module) in NO_JAX]
    assert loaded_by("\n".join(f"import {module}" for module in modules)) == set()


def test_the_package_itself_loads_no_jax_until_it_is_asked_for_a_model():
    assert loaded_by("import vsdpo_jax") == set()
    assert "jax" in loaded_by("import vsdpo_jax; assert callable(vsdpo_jax.load)")


def test_configs_load_no_jax():
    code = "import runpy\n" + "\n".join(f"runpy.run_path({str(path)!r})" for path in CONFIGS)
    assert loaded_by(code) <= {"ml_collections"}
