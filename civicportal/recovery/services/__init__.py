"""Taking backups, putting them back, moving to another database."""
