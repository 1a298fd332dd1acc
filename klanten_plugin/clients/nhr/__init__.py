"""The trade register (NHR): its sources, and what may be asked of them."""
