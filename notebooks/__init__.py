"""Notebooks that explore the models, the step that executes them, and the extension that shows them on the site."""
