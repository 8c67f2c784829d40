"""Tasks and studies; imported by nobody (tasks are found by name)."""
