"""Tests of the pretraining data."""
