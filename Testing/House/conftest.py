"""The source tree as the tests of the architecture see it: files, imports, lines; nothing of it is imported."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = "OVCFRiskLib"
LAYOUT_TOKENS = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def name(self) -> str:
        """Relative to the repository, for messages."""
        return self.path.relative_to(REPOSITORY).as_posix()

    @cached_property
    def module(self) -> str:
        """Dotted name; that of a package for its ``__init__.py``."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def code_lines(self) -> int:
        """Lines that hold code: no blank ones, no comments, no docstrings."""
        docstrings: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, DOCUMENTED):
                docstrings.update(docstring_lines(node))
        code: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in LAYOUT_TOKENS:
                code.update(range(token.start[0], token.end[0] + 1))
        return len(code - docstrings)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Name and length of every function, its docstring not counted."""
        for node in ast.walk(self.tree):
            if isinstance(node, FUNCTIONS):
                yield node.name, node.end_lineno - node.lineno + 1 - len(docstring_lines(node))

    def imports(self, file_scope_only: bool = False) -> Iterator[str]:
        """Dotted names of what is imported; ``from a import b`` gives ``a.b``. Imports for type checkers are none."""
        nodes = _run_on_import(self.tree) if file_scope_only else _run(self.tree)
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = self.module.split(".")[: -node.level] if node.level else []
                yield from (".".join([*package, node.module or "", alias.name]) for alias in node.names)


def docstring_lines(node: ast.AST) -> range:
    """Lines of the docstring of a module, class or function; empty without one."""
    if ast.get_docstring(node) is None:
        return range(0)
    return range(node.body[0].lineno, node.body[0].end_lineno + 1)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes that can be carried out: not those under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _run(child)


def _run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are carried out when the file is imported: not the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS) or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)):
            continue
        yield child
        yield from _run_on_import(child)


class SourceTree:
    """All Python files of the repository."""

    def __init__(self) -> None:
        self.library = self._below(LIBRARY)
        self.module = self._below("OVCFRisk")
        self.tests = self._below("Testing")
        self.by_module = {source.module: source for source in self.library}

    @staticmethod
    def _below(folder: str) -> list[Source]:
        paths = sorted((REPOSITORY / folder).rglob("*.py"))
        return [Source(path) for path in paths if "__pycache__" not in path.parts]

    @cached_property
    def edges(self) -> set[tuple[str, str]]:
        """(importing file, imported file) within the library, imports inside functions included."""
        return {
            (source.module, target)
            for source in self.library
            for name in source.imports()
            if (target := self.resolve(name)) is not None and target != source.module
        }

    def resolve(self, name: str) -> str | None:
        """The library's file that an imported name means: a module, or the one that holds the name."""
        while name and name not in self.by_module:
            name = name.rpartition(".")[0]
        return name or None

    def definer(self, name: str) -> str | None:
        """As `resolve`, but a name that a package passes on counts for the file it comes from."""
        module = self.resolve(name)
        if module is None or name == module:
            return module
        attribute = name.removeprefix(f"{module}.")
        for passed_on in self.by_module[module].imports(file_scope_only=True):
            if passed_on.rpartition(".")[2] == attribute and passed_on.startswith(LIBRARY):
                return self.definer(passed_on)
        return module


@pytest.fixture(scope="session")
def source_tree() -> SourceTree:
    return SourceTree()


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY
