"""Everything that imports streamlit. Each page reads like the user's steps and calls only core.services."""
