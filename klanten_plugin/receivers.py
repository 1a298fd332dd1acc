"""What happens when something was saved: a hint to the workers, after the commit."""
