from tests.house import toy
from tests.pages.trained import every_card

__all__ = ["every_card", "toy"]
