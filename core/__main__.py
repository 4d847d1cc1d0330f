"""`python -m core`: Modelwright from a shell."""

import sys

from core.cli import main

sys.exit(main())
