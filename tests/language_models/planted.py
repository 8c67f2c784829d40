"""Secrets to be planted, and looked for where none may be."""

SECRET = "correct-horse/battery+staple"
OTHER = "Tr0ub4dor&3"
