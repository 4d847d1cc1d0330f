"""What torch itself can use here, as one line of JSON: a process of its own, so that who asks need not load torch."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any


def answer() -> dict[str, Any]:
    """Whether torch can use a card, its cards, the architectures that it was built for, and what it complained of."""
    import torch

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        works = torch.cuda.is_available()
    said = " ".join(str(complaint.message) for complaint in complaints)
    if not works:
        return {"works": False, "cards": [], "architectures": [], "said": said}
    cards = [_card(torch.cuda.get_device_properties(place)) for place in range(torch.cuda.device_count())]
    return {"works": True, "cards": cards, "architectures": torch.cuda.get_arch_list(), "said": said}


def _card(found: Any) -> dict[str, Any]:
    return {
        "name": found.name,
        "uuid": f"GPU-{found.uuid}" if getattr(found, "uuid", None) else "",
        "capability": [found.major, found.minor],
        "total_mb": found.total_memory // (1024 * 1024),
    }


if __name__ == "__main__":
    print(json.dumps(answer()))
    sys.exit(0)
