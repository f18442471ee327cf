"""How fast negdata is. Run by hand, one at a time, on a machine that does nothing else; see docs/speed.md."""
