"""Tests of the notebooks: as they are stored, how they are executed, and how the site shows them."""
