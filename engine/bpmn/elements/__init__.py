"""Own task specs: one class per kind of element the engine executes."""
