"""Lianxi's engine: commands change, queries read, processes are data; usable without the web."""
