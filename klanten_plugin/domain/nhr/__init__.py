"""The trade register (NHR): ownership of contact data, and take-over."""
