"""The rules for klanten: create, change, delete, number, find and represent them."""
