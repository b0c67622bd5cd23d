"""The tests; the folders mirror the package, plus ``snippets``, ``site`` and ``packaging``."""
