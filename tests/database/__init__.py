"""Operations on the tables by database administrators."""
