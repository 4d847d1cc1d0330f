"""A model to take away: a folder that predicts without Modelwright."""
