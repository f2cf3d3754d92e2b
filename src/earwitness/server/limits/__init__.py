"""What guards the way in: names, keys, bodies, parts, files and sounds, each with a bound."""
