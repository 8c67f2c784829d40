"""Everyday tools to evolve: a specification in TOML each; references/ is for measuring only."""
