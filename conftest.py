"""Makes pytest run the snippets of pages and docstrings; tests of the package need nothing from here."""

pytest_plugins = ("tests.snippets.plugin",)
