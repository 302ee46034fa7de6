"""The decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._default import default_gate
from ._native import Decision, Gate
from ._run import Running, check, refused

if TYPE_CHECKING:
    from inspect import BoundArguments, Parameter

    from ._native import Principal

Tool = TypeVar("Tool", bound="Callable[..., Any] | classmethod[Any, Any, Any] | staticmethod[Any, Any]")


@overload
def guard(tool: Tool, /) -> Tool: ...
@overload
def guard(
    tool: str | None = None,
    *,
    gate: Gate | None = None,
    principal: str | Principal | Mapping[str, Any] | None = None,
    session: str | None = None,
    server: str | None = None,
    framework: str | None = None,
    ignore: Iterable[str] = (),
) -> Callable[[Tool], Tool]: ...
def guard(
    tool: Any = None,
    *,
    gate: Gate | None = None,
    principal: str | Principal | Mapping[str, Any] | None = None,
    session: str | None = None,
    server: str | None = None,
    framework: str | None = None,
    ignore: Iterable[str] = (),
) -> Any:
    """Lets a function run only if the policy allows the call.

    tool: the tool's name as policies know it; the function's own name if unsaid.
    gate: the gate that decides; the default gate if unsaid.
    principal, session, server, framework: as in `Gate.guard`. What is not given here comes from `toolgate.context`.
    ignore: parameters that are no part of the tool call, such as a framework's context object. They are handed to the
        function as they are, and no policy sees them.

    Works on functions, coroutine functions, generators, asynchronous generators and methods, whose first parameter
    `self` or `cls` is no argument. Name, signature and docstring stay. Arguments are named by the signature, defaults
    included; `**kwargs` count as arguments of their own, `*args` as one list.

    The function gets a private copy of the arguments, the one that was decided about, so that nothing can change in
    between. What became of the call is recorded: whether it failed, with which type of exception, and how long it took,
    in milliseconds.

    The function raises ToolDenied, ApprovalRequired or DryRun if it may not run, a generator at its first item. An
    argument that is no plain value (a file, a datetime, an instance of your class) is a deny with the code
    `call.unsupported_value`: convert it to text before the call, or name it in `ignore`.

    >>> @guard
    ... def read_file(path: str) -> str: ...

    >>> @guard("stripe.charges.create", ignore=["ctx"])
    ... async def charge(ctx: Context, amount: int, currency: str) -> str: ...
    """
    if tool is not None and not isinstance(tool, str):
        return _guarded(tool, None, None, {}, ())
    if isinstance(ignore, str):
        raise TypeError("`ignore` is a list of names, not one name")
    if gate is not None and not isinstance(gate, Gate):
        raise TypeError(f"`gate` is a toolgate.Gate, not {type(gate).__name__}")
    facts = {"principal": principal, "session": session, "server": server, "framework": framework}
    return lambda fn: _guarded(fn, tool, gate, facts, tuple(ignore))


def _guarded(fn: Any, tool: str | None, gate: Gate | None, facts: Mapping[str, Any], ignore: tuple[str, ...]) -> Any:
    import inspect

    if isinstance(fn, (classmethod, staticmethod)):
        return type(fn)(_guarded(fn.__func__, tool, gate, facts, ignore))
    if isinstance(fn, type) or not callable(fn):
        raise TypeError(f"`guard` decorates functions, not {'the class ' if isinstance(fn, type) else ''}{fn!r}")
    plan = _Plan(fn, tool, gate, facts, ignore)
    if inspect.isasyncgenfunction(fn):
        return _async_generator(fn, plan)
    if inspect.iscoroutinefunction(fn):
        return _coroutine(fn, plan)
    if inspect.isgeneratorfunction(fn):
        return _generator(fn, plan)
    return _function(fn, plan)


def _function(fn: Any, plan: _Plan) -> Any:
    @wraps(fn)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        gate, decision, args, kwargs = plan.check(args, kwargs)
        with Running(gate, decision):
            return fn(*args, **kwargs)

    return guarded


def _coroutine(fn: Any, plan: _Plan) -> Any:
    @wraps(fn)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        gate, decision, args, kwargs = plan.check(args, kwargs)
        with Running(gate, decision):
            return await fn(*args, **kwargs)

    return guarded


def _generator(fn: Any, plan: _Plan) -> Any:
    @wraps(fn)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        gate, decision, args, kwargs = plan.check(args, kwargs)
        with Running(gate, decision):
            return (yield from fn(*args, **kwargs))

    return guarded


def _async_generator(fn: Any, plan: _Plan) -> Any:
    @wraps(fn)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        gate, decision, args, kwargs = plan.check(args, kwargs)
        with Running(gate, decision):
            items = fn(*args, **kwargs)
            step = items.asend(None)
            # What `yield from` does for other generators: what is sent or thrown in goes to the inner one.
            while True:
                try:
                    item = await step
                except StopAsyncIteration:
                    return
                try:
                    sent = yield item
                except GeneratorExit:
                    await items.aclose()
                    raise
                except BaseException as error:
                    step = items.athrow(error)
                else:
                    step = items.asend(sent)

    return guarded


class _Plan:
    """How what a function is called with becomes the arguments of a tool call, and back."""

    __slots__ = (
        "_by_name",
        "_defaults",
        "_facts",
        "_gate",
        "_parameters",
        "_required",
        "_rest",
        "_signature",
        "_skipped",
        "_tool",
    )

    def __init__(
        self, fn: Any, tool: str | None, gate: Gate | None, facts: Mapping[str, Any], ignore: tuple[str, ...]
    ) -> None:
        from inspect import signature

        name = tool if tool is not None else getattr(fn, "__name__", None)
        if name is None:
            raise TypeError(f'{fn!r} has no name; write `guard("name")(...)`')
        self._tool = name
        self._gate = gate
        self._facts = facts
        self._signature = signature(fn)
        parameters = list(self._signature.parameters.values())
        self._rest = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        self._skipped = frozenset(ignore) | _receiver(fn, parameters)
        unknown = self._skipped - self._signature.parameters.keys()
        if unknown and self._rest is None:
            raise TypeError(f"`ignore` names `{min(unknown)}`, which is no parameter of `{name}`")
        self._parameters = [p for p in parameters if p.name not in self._skipped]
        self._by_name = not self._skipped and all(
            p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters
        )
        self._defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self._required = frozenset(p.name for p in parameters if p.default is p.empty)

    def check(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Gate, Decision, tuple[Any, ...], dict[str, Any]]:
        """The decision that lets the call run, and what to call the function with: the copy that was decided about.

        Raises TypeError for what the function itself could not be called with.
        """
        gate = self._gate if self._gate is not None else default_gate()
        # The way frameworks call tools: binding would find the same and takes longer than the decision.
        if self._by_name and not args and self._required <= kwargs.keys() <= self._signature.parameters.keys():
            decision, snapshot = check(gate, self._tool, {**self._defaults, **kwargs}, self._facts)
            return gate, decision, (), snapshot
        call = self._signature.bind(*args, **kwargs)
        call.apply_defaults()
        decision, snapshot = check(gate, self._tool, self._arguments(gate, call), self._facts)
        self._put_back(call, snapshot)
        return gate, decision, call.args, call.kwargs

    def _arguments(self, gate: Gate, call: BoundArguments) -> dict[str, Any]:
        arguments = {p.name: call.arguments[p.name] for p in self._parameters if p.kind is not p.VAR_KEYWORD}
        for p in self._parameters:
            if p.kind is p.VAR_POSITIONAL:
                arguments[p.name] = list(arguments[p.name])
        for name, value in self._extra(call).items():
            if name in arguments:
                raise refused(gate, self._tool, "call.duplicate_key", f"`{name}` is given twice")
            arguments[name] = value
        return arguments

    def _put_back(self, call: BoundArguments, snapshot: dict[str, Any]) -> None:
        extra = {name: snapshot[name] for name in self._extra(call)}
        for p in self._parameters:
            if p.kind is p.VAR_POSITIONAL:
                call.arguments[p.name] = tuple(snapshot[p.name])
            elif p.kind is not p.VAR_KEYWORD:
                call.arguments[p.name] = snapshot[p.name]
        if self._rest is not None and self._rest not in self._skipped:
            call.arguments[self._rest].update(extra)

    def _extra(self, call: BoundArguments) -> dict[str, Any]:
        """The arguments that only `**kwargs` takes."""
        if self._rest is None or self._rest in self._skipped:
            return {}
        # A parameter that is positional only leaves its name free for another value, which nobody said to ignore.
        unseen = self._skipped - self._signature.parameters.keys()
        return {name: value for name, value in call.arguments[self._rest].items() if name not in unseen}


def _receiver(fn: Any, parameters: list[Parameter]) -> frozenset[str]:
    """The first parameter of a method, which is no argument."""
    place = getattr(fn, "__qualname__", "").rpartition(".")[0]
    in_class = place != "" and not place.endswith("<locals>")
    first = parameters[0].name if parameters else ""
    return frozenset({first} if in_class and first in ("self", "cls") else ())
