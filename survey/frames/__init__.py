"""Rosters (名册): read from the county's files, checked by row, kept under pseudonyms."""
