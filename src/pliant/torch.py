"""PyTorch's networks as members of ensembles."""

from pliant.models.foreign.networks.family import Network

__all__ = ["Network"]
