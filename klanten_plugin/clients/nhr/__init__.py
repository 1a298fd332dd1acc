"""The trade register (NHR): its sources, and the limits on requests."""
