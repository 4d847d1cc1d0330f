"""Learning: encoders, the training engine and the models. Nothing here knows of pages, jobs or the store."""

import os

# Waiting threads must sleep, not spin: on a machine shared with a web server and other runs, spinning OpenMP threads
# made a pass of an encoder four times slower. Read once when torch loads its OpenMP library.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
