"""Measurements of what the package claims about chance: too long for tests, and of properties, not of times.

Each study is a module that prints the tables of the page in ``docs/`` that quotes it, and can be run again.
"""
