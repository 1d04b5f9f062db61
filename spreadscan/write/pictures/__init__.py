"""Pictures: overlay, landmarks, region map, and what they are drawn with."""
