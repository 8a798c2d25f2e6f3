"""Pages that belong to no single domain: home, help, privacy, accessibility, health, the demo content."""
