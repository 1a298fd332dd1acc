"""The trade register (NHR): refresh contact data, follow signals, stop and resume."""
