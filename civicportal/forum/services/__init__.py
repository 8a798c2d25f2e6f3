"""Write side of the forum: one imperative verb per function, the actor first."""
