"""Write side of institutions: one imperative verb per function, the actor first."""
