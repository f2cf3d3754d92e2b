"""The version, which results and journals carry."""

__version__ = "0.1.0"
