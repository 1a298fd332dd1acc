"""The data and the configuration of the demo.

``klanten.jsonl`` has 500 fictitious klanten in the format of ``klanten_export``, made
with Faker. Nobody has their numbers and addresses: BSNs and RSINs start with a 9,
vestigingsnummers with 99, and domains and telephone numbers are those for examples.
"""
