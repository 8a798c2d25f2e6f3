"""Forms of voting, by who fills them in."""
