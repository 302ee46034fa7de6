"""Opens files without following links that were put in their way."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING, Any

from ._native import _open_beneath

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._native import Decision


def open_beneath(
    root: str | os.PathLike[str],
    path: str | os.PathLike[str],
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> IO[Any]:
    """Opens the file `path` beneath the directory `root`. The other parameters are those of the built-in `open`.

    No name of `path` may be a link, not even one that stays beneath `root`, and none may be `..`. What is opened is
    what the names say, whatever happens to the tree meanwhile. `root` itself is trusted and may be reached by links. A
    hard link is a name like any other and is not seen.

    Raises OSError for whatever keeps the file from being opened; a link on the way is one of these.

    >>> with toolgate.open_beneath("/workspace", "notes.md") as file:
    ...     text = file.read()
    """
    name = os.path.join(root, path)
    return _opened(
        name,
        lambda flags: _open_beneath(os.fspath(root), os.fspath(path), flags),
        mode,
        buffering,
        encoding,
        errors,
        newline,
    )


def open_decision(
    decision: Decision,
    mode: str,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> IO[Any]:
    """The body of `Decision.open`."""
    name = decision.real_path or ""
    return _opened(name, decision._open, mode, buffering, encoding, errors, newline)


def _opened(
    name: str,
    descriptor: Callable[[dict[str, bool]], int],
    mode: str,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> IO[Any]:
    """A file object of Python's own making, around a descriptor that the core has opened."""

    def opener(_: str, flags: int) -> int:
        return _as_descriptor(descriptor(_named(flags)), flags)

    return open(name, mode, buffering, encoding, errors, newline, opener=opener)


def _named(flags: int) -> dict[str, bool]:
    access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
    return {
        "read": access != os.O_WRONLY,
        "write": access != os.O_RDONLY and not flags & os.O_APPEND,
        "append": bool(flags & os.O_APPEND),
        "truncate": bool(flags & os.O_TRUNC),
        "create": bool(flags & os.O_CREAT),
        "create_new": bool(flags & os.O_CREAT and flags & os.O_EXCL),
    }


def _as_descriptor(opened: int, flags: int) -> int:
    """On Windows the core hands over a handle, elsewhere a descriptor already."""
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.open_osfhandle(opened, flags)
    return opened
