"""Hosts with every trait that has caused problems for apps in a real suite."""
