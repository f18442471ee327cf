"""``negdata.caption`` is a package, and ``negdata.caption(...)`` a function: packages of that name can be called.

Importing a module of a package binds the package in its parent, at whatever time. So the function can't take the
package's name there; instead the package becomes, as it is bound, a module that hands calls on to the function.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect import Signature

CALLABLE = ("caption", "demo", "doctor", "filter", "report")
"""Packages of negdata that are functions of ``negdata.api`` as well."""


class CallablePackage(ModuleType):
    """A package that can be called as the function of its name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return _function(self.__name__)(*arguments, **options)

    @property
    def __signature__(self) -> Signature:
        """The function's, for ``help`` and editors."""
        from inspect import signature

        return signature(_function(self.__name__))

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        """So that it can be handed to another process, as a function can."""
        return importlib.import_module, (self.__name__,)


class Root(ModuleType):
    """The module ``negdata``: what Python binds in it is made callable where it has a function's name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in CALLABLE and isinstance(value, ModuleType):
            value.__class__ = CallablePackage
        super().__setattr__(name, value)


def _function(package: str) -> Callable[..., Any]:
    name = package.rpartition(".")[2]
    function: Callable[..., Any] = getattr(importlib.import_module("negdata.api"), name)
    return function
