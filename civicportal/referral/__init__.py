"""Given a text, a place and a type: which institution answers, how sure, and why. Never reads petitions."""
