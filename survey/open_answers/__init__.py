"""Open answers (开放作答): a QR code at a place, for categories that have no roster.

Anybody who passes by can answer, and more than once. What comes in is sealed and opened as every
answer is, kept in tables of its own and counted apart: no figure of the drawn sample is made of it.
"""
