"""The tool bank for programs that speak the Model Context Protocol: the one package that imports `mcp`."""
