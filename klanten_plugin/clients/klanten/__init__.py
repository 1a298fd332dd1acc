"""Requests about klanten to others: does a ``subject`` exist?"""
