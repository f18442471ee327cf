"""The dependency direction: a module imports what stands in its own layer or below, never above; no circles."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "negdata"

# From the top down; modules of one layer may import each other as long as no circle comes of it.
LAYERS: list[set[str]] = [
    {"cli"},
    {"console"},
    {"api"},
    {"demo"},
    {"report", "doctor"},
    {"train"},
    {"benchmark"},
    {"publish"},
    {"merging"},
    {"filter"},
    {"caption"},
    {"verify"},
    {
        *"runner engines storage parts remote processes askers asking limits pacing store manifest locks".split(),
        *"linefile idset imagerows svg".split(),
        *"pictures imagenames images exclusion command_line whole_files redact progress interrupts loops".split(),
        *"shards sources prompts negation vocabulary backends grammar clip devices caches replies".split(),
        *"markdown throughput own_process".split(),
    },
    {"records", "errors", "calling", "shipped", "shipped_yaml", "yamlfile"},
]
HEAVY = {
    "torch",
    "transformers",
    "openai",
    "ollama",
    "pycocotools",
    "pyarrow",
    "xllamacpp",
    "datasets",
    "numpy",
    "open_clip",
    "safetensors",
    "ftfy",
    "peft",
    "diffusers",
    "tensorboard",
    "webdataset",
    "ray",
    "fsspec",
    "s3fs",
    "aiohttp",
    "pandas",
    "vllm",
}


@cache
def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def _imports(path: Path, *, top_level_only: bool) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _top_level(tree) if top_level_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= found if found <= set(_modules()) else found | {node.module}
    return names


def _top_level(tree: ast.Module) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    for node in tree.body:
        guard = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not guard:
            nodes.append(node)
    return nodes


def _part(module: str) -> str:
    """The first name below ``negdata``."""
    return module.split(".")[1] if "." in module else ""


def _layer(module: str) -> int:
    part = _part(module)
    for depth, names in enumerate(LAYERS):
        if part in names:
            return depth
    raise AssertionError(f"{module} stands in no layer: add {part!r} to LAYERS where it belongs")


def test_no_module_imports_a_layer_above_it() -> None:
    modules = _modules()
    wrong = []
    for name, path in modules.items():
        if name == "negdata":
            continue
        for imported in _imports(path, top_level_only=False) & set(modules):
            if imported.count(".") and _layer(imported) < _layer(name) and imported != name:
                wrong.append(f"{name} imports {imported}")
    assert not wrong


def test_only_the_command_line_prints() -> None:
    wrong = [
        name
        for name, path in _modules().items()
        if _part(name) not in ("cli", "console")
        and {"negdata.cli", "negdata.console"} & _imports(path, top_level_only=False)
    ]
    assert not wrong


def test_no_circles() -> None:
    modules = _modules()
    graph = {name: _imports(path, top_level_only=True) & set(modules) - {name} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for imported in graph[name]:
                visit(imported, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_heavy_packages_are_imported_inside_functions() -> None:
    wrong = [
        f"{name} imports {heavy}"
        for name, path in _modules().items()
        for heavy in {imported.split(".")[0] for imported in _imports(path, top_level_only=True)} & HEAVY
    ]
    assert not wrong


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["caption", "--help"],
        ["filter", "--help"],
        ["eval", "--help"],
        ["stats", "--help"],
        ["prompts", "--help"],
        ["recipes", "--help"],
        ["data", "export", "--help"],
    ],
)
def test_help_loads_no_heavy_package(arguments: list[str]) -> None:
    code = (
        "import sys; from negdata.cli import app\n"
        f"try: app({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stderr.strip() == "[]"
