"""Modelwright's engine room: everything below the pages. Nothing here imports streamlit."""

__version__ = "0.1.0"
