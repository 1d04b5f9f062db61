"""Reports beside one another: comparison and agreement. Nothing here looks at an image."""
