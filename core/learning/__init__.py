"""Learning: encoders, the training engine and the models. Nothing here knows of pages, jobs or the store."""

from core.threads import wait_gently

wait_gently()
