"""What verifiers of mathematical constructions share: exact reading of JSON."""
