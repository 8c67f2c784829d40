"""Right answers, for measuring only: no prompt, generator or evaluator may see them.

Each module has the function of its name and `INPUTS`, the hidden inputs on which an evolved tool is judged.
"""
