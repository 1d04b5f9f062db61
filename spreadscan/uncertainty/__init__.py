"""What coverage is counted from: draws, doubt, points laid over the contrast."""
