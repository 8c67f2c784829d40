"""Figures as plain dictionaries in Plotly's JSON, drawn in the browser by the library that lies beside us."""
