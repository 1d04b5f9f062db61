"""What several stages look through: filters, frames, lines, metal, tones, registration."""
