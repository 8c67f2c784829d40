"""Chain of Code: plans as programs, checked, run in the sandbox, their unknown calls answered one by one."""
