"""Proofs over the whole site: whatever routes it has, now or later, they are walked as well."""
