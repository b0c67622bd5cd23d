"""Tests of ``albert_docs_pkg.tokenizers``."""
