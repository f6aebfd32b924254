"""The draw: from residents and a frame to a sample that anybody can redo.

Functions of values only: no web, no database, no clock, no environment.
"""
