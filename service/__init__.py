"""The doors for people and programs; nothing is computed here."""
