"""Rosters (名册): read from the county's files, checked row by row, kept as a frame of pseudonyms."""
