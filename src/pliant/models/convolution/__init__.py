"""Convolutional nets: how they are built, trained with torch, and folded into ops."""
