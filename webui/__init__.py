"""Lianxi's web interface: translates HTTP to commands and queries."""
