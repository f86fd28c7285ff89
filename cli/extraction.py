"""Finds every sentence that people may read, in the code that says it; only development runs it.

A sentence is an f-string, often put together: from two branches of an `if`, from a variable, from
a function that words a part. So the finder follows the text through the code far enough to know
each form that it can take, and writes its values as named places: `{name}`, `{name!r}` where the
code quotes the value, `{name:d}` where it counts. A function that hands one of its parameters on
to a sentence is itself one that is told sentences, and its callers are read in turn; such a
parameter stands in a text between two marks until a caller fills it.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FORMS_MAX = 24
_DEPTH_MAX = 6
_MARK = re.compile("\x01([a-z_0-9]+)(!r)?\x02")
PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(![rs]|:d)?\}")
_NOUN = re.compile("[A-Za-z][a-z]+(_[a-z]+)*")
_ARGUMENTS = {"join": 0, "len": 0, "str": 0, "sorted": 0, "list": 0, "set": 0, "int": 0, "abs": 0}


@dataclass
class Function:
    """A function, what its names hold, and the sentences it makes of its parameters."""

    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef
    outer: Function | None = None
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)

    @property
    def parameters(self) -> list[str]:
        """The names of what may be given by position."""
        given = self.node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names

    @property
    def keywords(self) -> list[str]:
        """The names of what is given by name only."""
        return [one.arg for one in self.node.args.kwonlyargs]


@dataclass
class Module:
    """A file, its functions, its texts by name, and what it imported."""

    name: str
    path: str
    tree: ast.Module
    functions: dict[str, list[Function]] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


def read(root: Path, rooms: Iterable[str]) -> dict[str, Module]:
    """The modules of some rooms, by name."""
    modules = {}
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            tree = ast.parse(path.read_text("utf-8"), str(path))
            modules[name] = _module(name, str(path.relative_to(root)), tree)
    return modules


def _module(name: str, path: str, tree: ast.Module) -> Module:
    module = Module(name, path, tree)
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                module.imported[alias.asname or alias.name] = (statement.module, alias.name)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                module.imported[alias.asname or alias.name] = (alias.name, "")
    for statement in tree.body:
        for target, value in _assignments(statement):
            module.constants[target] = value
    _functions(module, tree, None)
    return module


def _assignments(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
            elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                for one, value in zip(target.elts, statement.value.elts, strict=False):
                    if isinstance(one, ast.Name):
                        yield one.id, value
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as given):
            yield name, given


def _functions(module: Module, node: ast.AST, outer: Function | None) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            function = Function(module, child, outer)
            module.functions.setdefault(child.name, []).append(function)
            for inner in ast.walk(child):
                for target, value in _assignments(inner):
                    function.assigned.setdefault(target, []).append(value)
                if isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
                    function.loose.add(inner.target.id)
            _functions(module, child, function)
        else:
            _functions(module, child, outer)


def walk(module: Module) -> Iterator[tuple[ast.AST, Function | None]]:
    """Every node of a module with the function around it."""

    def inside(node: ast.AST, around: Function | None) -> Iterator[tuple[ast.AST, Function | None]]:
        for child in ast.iter_child_nodes(node):
            here = around
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                here = next(f for f in module.functions[child.name] if f.node is child)
            yield child, here
            yield from inside(child, here)

    return inside(module.tree, None)


# --- the forms of a text -------------------------------------------------------------------------


class Reader:
    """Reads expressions as the texts that they can become.

    Args:
        modules: All modules by name.

    Attributes:
        nouns: Single words that were given where a sentence has a place, each with its file.
    """

    def __init__(self, modules: dict[str, Module]) -> None:
        self.modules = modules
        self.nouns: set[tuple[str, str]] = set()

    def forms(
        self, value: ast.expr, module: Module, around: Function | None, depth: int = 0
    ) -> list[str]:
        """The texts that an expression can become; a single place where it is no text of ours."""
        found = self._text(value, module, around, depth)
        return found if found else [_place(value, around)]

    def _text(
        self, value: ast.expr, module: Module, around: Function | None, depth: int
    ) -> list[str]:
        """The same, and nothing where it is no text of ours."""
        if depth > _DEPTH_MAX:
            return []
        deeper = depth + 1
        match value:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=parts):
                return self._joined([self._part(part, module, around, deeper) for part in parts])
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], module, around, deeper)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._either(values, module, around, deeper)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                sides = [self._text(one, module, around, deeper) for one in (left, right)]
                if not any(sides):
                    return []
                return self._joined([self.forms(o, module, around, deeper) for o in (left, right)])
            case ast.Name(id=name):
                return self._named(name, module, around, deeper)
            case ast.Attribute(value=ast.Name(id=base), attr=name) if base in module.imported:
                return self._constant(module, base, name, around, deeper)
            case ast.Subscript(value=table):
                return self._chosen(table, module, around, deeper)
            case ast.Call(func=called):
                return self._called(value, called, module, around, deeper)
        return []

    def _either(
        self, values: list[ast.expr], module: Module, around: Function | None, depth: int
    ) -> list[str]:
        if not any(self._text(one, module, around, depth) for one in values):
            return []
        every = [form for one in values for form in self.forms(one, module, around, depth)]
        return list(dict.fromkeys(every))[:FORMS_MAX]

    def _joined(self, parts: list[list[str]]) -> list[str]:
        return ["".join(one) for one in itertools.islice(itertools.product(*parts), FORMS_MAX)]

    def _part(
        self, part: ast.expr, module: Module, around: Function | None, depth: int
    ) -> list[str]:
        if isinstance(part, ast.Constant):
            return [str(part.value)]
        assert isinstance(part, ast.FormattedValue)
        if part.conversion == ord("r"):
            return [_place(part.value, around, "!r")]
        return self.forms(part.value, module, around, depth)

    def _named(self, name: str, module: Module, around: Function | None, depth: int) -> list[str]:
        scope = around
        while scope is not None:
            if name in scope.loose:
                return []
            if name in scope.assigned:
                values = scope.assigned[name]
                match values[0]:
                    case ast.Call(func=ast.Name(id="repr"), args=[shown]):
                        return [_place(shown, around, "!r")]
                if name in scope.parameters + scope.keywords:
                    return []
                return self._either(values, module, scope, depth)
            if name in scope.parameters + scope.keywords:
                return []
            scope = scope.outer
        if name in module.constants:
            return self._text(module.constants[name], module, None, depth)
        if name in module.imported:
            return self._constant(module, name, "", around, depth)
        return []

    def _constant(
        self, module: Module, base: str, name: str, around: Function | None, depth: int
    ) -> list[str]:
        source, inner = module.imported[base]
        if name:  # base is a module
            source, inner = (f"{source}.{inner}" if inner else source), name
        other = self.modules.get(source)
        if other is None or inner not in other.constants:
            return []
        return self._text(other.constants[inner], other, None, depth)

    def _chosen(
        self, table: ast.expr, module: Module, around: Function | None, depth: int
    ) -> list[str]:
        known = module.constants.get(table.id) if isinstance(table, ast.Name) else table
        if isinstance(known, ast.Dict):
            return self._either(known.values, module, around, depth)
        return []

    def _called(
        self, call: ast.Call, called: ast.expr, module: Module, around: Function | None, depth: int
    ) -> list[str]:
        if isinstance(called, ast.Attribute) and called.attr in ("strip", "capitalize"):
            return self._text(called.value, module, around, depth)
        if isinstance(called, ast.Attribute) and called.attr == "get" and len(call.args) == 2:
            return self._chosen(called.value, module, around, depth)
        found: list[str] = []
        for function in self.called(called, module):
            returned = [
                one.value
                for one in ast.walk(function.node)
                if isinstance(one, ast.Return) and one.value is not None
            ]
            forms = self._either(returned, function.module, function, depth) if returned else []
            if any(map(has_words, forms)):
                bound = self.bound(call, function, module, around, depth)
                found += [text for form in forms for text in filled(form, bound)]
        return found[:FORMS_MAX]

    def called(self, called: ast.expr, module: Module) -> list[Function]:
        """The functions of ours that a call may mean."""
        if isinstance(called, ast.Name):
            if called.id in module.functions:
                return module.functions[called.id]
            source, inner = module.imported.get(called.id, ("", ""))
            return self._in(source, inner)
        if isinstance(called, ast.Attribute):
            if isinstance(called.value, ast.Name) and called.value.id in module.imported:
                source, inner = module.imported[called.value.id]
                return self._in(f"{source}.{inner}" if inner else source, called.attr)
            # Of itself, or of a class of ours that the module imports.
            near = sorted({source for source, _ in module.imported.values()} & set(self.modules))
            return [
                one
                for where in (module, *(self.modules[source] for source in near))
                for one in where.functions.get(called.attr, [])
                if one.node.args.args[:1] and one.node.args.args[0].arg == "self"
            ]
        return []

    def _in(self, source: str, name: str) -> list[Function]:
        other = self.modules.get(source)
        if other is None:
            return []
        if name in other.functions:
            return other.functions[name]
        if name in other.imported:
            return self._in(*other.imported[name])
        return []

    def bound(
        self,
        call: ast.Call,
        function: Function,
        module: Module,
        around: Function | None,
        depth: int,
    ) -> dict[str, list[str]]:
        """What a call gives for each parameter of a function."""
        pairs = list(zip(function.parameters, call.args, strict=False))
        pairs += [(one.arg, one.value) for one in call.keywords if one.arg]
        given = {}
        for name, value in pairs:
            if not isinstance(value, ast.Starred):
                forms = self.forms(value, module, around, depth)
                # A single word is the name of something: the place for it stays a place.
                if any("\x01" in one or (" " in one and has_words(one)) for one in forms):
                    given[name] = forms
                elif all(map(_NOUN.fullmatch, forms)):
                    self.nouns.update((form, module.path) for form in forms)
        return given


def has_words(form: str) -> bool:
    """Whether a text has words of its own, besides its places."""
    return own_words(form) > 0


def own_words(form: str) -> int:
    """How many words of its own a text has."""
    return len(re.findall("[A-Za-z]{2,}", PLACE.sub("", _MARK.sub("", form))))


def filled(form: str, bound: dict[str, list[str]]) -> list[str]:
    """A text with its marked parameters replaced by what a call gives for them."""
    parts: list[list[str]] = []
    at = 0
    for mark in _MARK.finditer(form):
        parts.append([form[at : mark.start()]])
        given = bound.get(mark[1], [f"{{{mark[1]}{mark[2] or ''}}}"])
        quoted = mark[2] and [
            re.sub(r"^([{\x01][a-z_0-9]+)([}\x02])$", r"\1!r\2", one) for one in given
        ]
        parts.append(quoted or given)
        at = mark.end()
    parts.append([form[at:]])
    return ["".join(one) for one in itertools.islice(itertools.product(*parts), FORMS_MAX)]


def settled(form: str) -> str:
    """A text whose marked parameters are places, and whose places have names of their own."""
    text = _MARK.sub(lambda mark: f"{{{mark[1]}{mark[2] or ''}}}", form)
    used: dict[str, int] = {}

    def own(place: re.Match[str]) -> str:
        used[place[1]] = used.get(place[1], 0) + 1
        number = used[place[1]]
        return f"{{{place[1]}{number if number > 1 else ''}{place[2] or ''}}}"

    return PLACE.sub(own, text)


def _place(value: ast.expr, around: Function | None, kind: str = "") -> str:
    """A place named by the last name in an expression; marked where it is a parameter."""
    scope = around
    while isinstance(value, ast.Name) and scope is not None:
        if value.id in scope.parameters + scope.keywords:
            return f"\x01{value.id}{kind}\x02" if scope is around else f"{{{value.id}{kind}}}"
        scope = scope.outer
    return f"{{{_name(value)}{kind}}}"


def _name(value: ast.AST) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower() or "value"
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return re.sub(r"\W", "_", name).strip("_").lower() or "value"
        case ast.Subscript(value=inner) | ast.Starred(value=inner) | ast.Await(value=inner):
            return _name(inner)
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner, *_]):
            return _name(inner)
        case ast.Call(func=ast.Name(id="counted"), args=[_, ast.Constant(value=str(noun))]):
            return re.sub(r"\W", "_", noun).lower() + "s"
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _ARGUMENTS:
            return _name(inner)
        case ast.Call(func=ast.Attribute(value=inner), args=[]):
            return _name(inner)
        case ast.Call(func=inner):
            return _name(inner)
        case ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            return _name(inner)
        case ast.BinOp(left=inner) | ast.BoolOp(values=[inner, *_]) | ast.IfExp(body=inner):
            return _name(inner)
        case ast.JoinedStr(values=parts):
            names = [_name(one.value) for one in parts if isinstance(one, ast.FormattedValue)]
            return names[0] if names else "value"
    return "value"
