"""The probes of ``klanten_doctor``."""
