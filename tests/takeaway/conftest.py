from tests.house import toy

__all__ = ["toy"]
