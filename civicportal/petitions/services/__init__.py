"""Write side of petitions: one imperative verb per function, the actor first."""
