"""The judgement: recognition rate, indicators and verdict, exact and explained.

Functions of values only: no web, no database, no clock, no environment.
"""
