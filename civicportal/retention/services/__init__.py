"""The write side of retention."""
