"""What PostgreSQL's operators do with the tables."""
