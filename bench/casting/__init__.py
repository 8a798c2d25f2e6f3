"""What `bench.vote` is made of: a server with the control beside the portal, a crowd, and eight clients."""
