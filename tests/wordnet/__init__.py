"""Tests of the bundled data."""
