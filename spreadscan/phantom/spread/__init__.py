"""Injectate: where it goes, when it arrives, how much iodine lies where; and the needles it comes from."""
