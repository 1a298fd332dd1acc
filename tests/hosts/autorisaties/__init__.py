"""A copy of ``openzaak.components.autorisaties`` of Open Zaak 1.30.

The form, and what saving it deletes and creates, are verbatim.
"""
