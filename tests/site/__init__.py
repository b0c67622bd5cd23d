"""Tests of the built site: its pages, its links, and what a browser makes of it."""
