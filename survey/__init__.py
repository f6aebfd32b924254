"""The site: one package per part of the domain, each with models, forms, operations and views."""
