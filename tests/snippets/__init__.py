"""Every Python block of the pages and docstrings, run by pytest: finding, running, recording, and tests of these."""
