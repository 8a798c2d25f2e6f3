"""The web edge every domain shares: access marks, languages in addresses, errors as pages, headers, limits."""
