"""The Contactmomenten and Verzoeken APIs, which hold roles of klanten."""
