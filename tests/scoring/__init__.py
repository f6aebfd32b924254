"""Tests of the judgement; `cases` holds the tables that a supervision officer can read."""
