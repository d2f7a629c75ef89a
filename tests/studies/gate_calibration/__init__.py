"""How often the gate raises a false alarm, and which faults it finds: the figures of ``docs/gate.md``."""
