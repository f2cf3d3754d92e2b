"""Work that outlasts a request: what was asked, how far it is, and its result for an hour."""
