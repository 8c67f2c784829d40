"""Tasks by name: `funsearch evolve NAME` loads `experiments/tasks/NAME/task.py`."""
