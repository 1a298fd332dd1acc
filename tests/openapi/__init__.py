"""Generate the OpenAPI document that the API serves.

The document is a file in the package, so the generator and its texts aren't part of it.
"""
