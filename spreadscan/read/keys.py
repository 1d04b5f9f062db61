"""Keys that tell patients, studies and images apart and tell nothing else."""

import hashlib

KEY_LENGTH = 16
_SALT = "spreadscan"


def key_of(kind: str, first: str, second: str = "") -> str:
    """Return a key of texts of a kind; empty where the first is."""
    if not first:
        return ""
    text = f"{_SALT}\0{kind}\0{first}\0{second}"
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:KEY_LENGTH]


def image_key(instance_uid: str) -> str:
    """Return the key of an image by its SOP Instance UID; empty for one without."""
    return key_of("image", instance_uid)
