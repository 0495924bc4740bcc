"""Image files that are made to hurt, and odd ones that are sound."""
