"""What a stage depends on, read from the code: the files that it imports, and the settings that it reads."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import MappingProxyType

import grimp

from mgiqa.settings import Settings
from mgiqa.settings.section import Section

ROOT = Path(__file__).parents[2]
EVERYTHING = "everything"
"""Stands for a use of all settings at once, such as ``settings.model_dump()``."""
BY_NAME: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"mgiqa.registry.packaging": ("mgiqa.registry.served_model",)}
)
"""Modules that name the file of another one instead of importing it."""


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("mgiqa", cache_dir=None, exclude_type_checking_imports=True)


def module_file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def reached(start: set[str], without: Iterable[str]) -> set[str]:
    """``start`` and every module that it imports, at any depth and from inside functions too.

    Args:
        start: modules.
        without: patterns of names; such modules are left out, together with what only they import.
    """
    found, waiting = set[str](), list(start)
    while waiting:
        module = waiting.pop()
        found.add(module)
        near = [*_graph().find_modules_directly_imported_by(module), *BY_NAME.get(module, ()), *_parents(module)]
        waiting += [one for one in near if one not in found and not any(fnmatchcase(one, name) for name in without)]
    return found


def _parents(module: str) -> list[str]:
    """The packages that a module lies in: Python runs their ``__init__`` first."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def files_of(modules: set[str]) -> set[Path]:
    """Their files that hold more than a docstring, and the data that lies beside them and that they name."""
    files = {module_file(module) for module in modules}
    return {file for file in files if not is_bare(file)} | {data for file in files for data in _data_of(file)}


def is_bare(file: Path) -> bool:
    """Whether a file of Python holds nothing but a docstring."""
    return file.suffix == ".py" and not [node for node in tree(file).body if not _is_text(node)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _data_of(file: Path) -> Iterator[Path]:
    named = {node.value for node in ast.walk(tree(file)) if isinstance(node, ast.Constant)}
    for data in file.parent.rglob("*"):
        if data.is_file() and data.suffix not in (".py", ".pyc") and data.relative_to(file.parent).parts[0] in named:
            yield data


def called(module: str) -> Iterator[str]:
    """The functions that a module calls, as they are written."""
    return (ast.unparse(node.func) for node in ast.walk(tree(module_file(module))) if isinstance(node, ast.Call))


def settings_read(module: str) -> Iterator[str]:
    """Dotted names of the settings that a module's functions read of a whole ``Settings``; a section as its name."""
    for function in ast.walk(tree(module_file(module))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = {argument.arg for argument in _arguments(function) if _is_settings(argument.annotation)}
            yield from _read_of(names, function)


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def _is_settings(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).strip("'\"") == "Settings"


def _read_of(names: set[str], function: ast.AST) -> Iterator[str]:
    inner = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            chain = ast.unparse(node).split(".") if _is_plain(node) else []
            if chain and chain[0] in names:
                yield _setting(chain[1:])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "vars", "dict"):
            yield from (EVERYTHING for given in node.args if isinstance(given, ast.Name) and given.id in names)


def _is_plain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _setting(attributes: list[str]) -> str:
    """``["validate_", "min_side"]`` → ``validate.min_side``; what follows a setting is no part of its name."""
    section: type[Section] | None = Settings
    known: list[str] = []
    for name in attributes:
        if section is None or name not in section.model_fields:
            break
        field = section.model_fields[name]
        known.append(field.alias or name)
        section = field.annotation if _is_section(field.annotation) else None
    return ".".join(known) or EVERYTHING


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def sections_of(parameter: str) -> Iterator[type[Section]]:
    """The classes that give a parameter's value its form, and the defaults that ``params.yaml`` leaves out."""
    kind: object = Settings
    for part in parameter.split("."):
        assert isinstance(kind, type) and issubclass(kind, Section), f"{parameter} is no setting"
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        assert part in fields, f"{parameter} is no setting"
        kind = fields[part].annotation
    yield from _sections_in(kind)


def _sections_in(kind: object) -> Iterator[type[Section]]:
    if isinstance(kind, type) and issubclass(kind, Section):
        yield kind
        for field in kind.model_fields.values():
            yield from _sections_in(field.annotation)
    for inner in getattr(kind, "__args__", ()):
        yield from _sections_in(inner)
