"""How large a table may be."""

MAX_BYTES = 1 << 30
"""Of a file when it is unpacked."""
MAX_ROWS = 3_000_000
MAX_COLUMNS = 1_000
MAX_SET_ASIDE = 100_000
"""Rows that did not fit and are kept to be looked at."""
