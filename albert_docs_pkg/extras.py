"""Say which optional part of the package to install when a framework is missing."""

from __future__ import annotations

from importlib import import_module


def require_extra(extra: str, *modules: str) -> None:
    """Import what an extra installs, so that its absence is told with the command that ends it.

    Args:
        extra: name of the extra, such as ``"tensorflow"``.
        *modules: top-level modules that it brings.

    Raises:
        ImportError: one of them is not installed. A module that is there and fails to load raises its own error.

    Example:
        >>> from albert_docs_pkg.extras import require_extra
        >>> require_extra("flax", "a_module_that_nobody_has")
        Traceback (most recent call last):
        ...
        ImportError: a_module_that_nobody_has is not installed; pip install "albert-docs-pkg[flax]" brings it
    """
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            message = f'{module} is not installed; pip install "albert-docs-pkg[{extra}]" brings it'
            raise ImportError(message, name=module) from error
