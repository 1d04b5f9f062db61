"""Import what is needed at the end of a command while its beginning waits for the disk and for pixels.

What is imported, and when it is ready, changes no result: whoever needs a module waits for it, and whoever
finds it missing says so.
"""

from contextlib import suppress
from importlib import import_module
from threading import Thread

OF_ANALYSIS = ("onnxruntime", "PIL.Image", "PIL.ImageFont")
"""Packages of the networks and of pictures, which no stage needs before the pixels are read."""


def import_ahead() -> None:
    """Begin to import ``OF_ANALYSIS`` and to compile the page, in a thread that the program waits for.

    numpy, whose modules import one another in circles, is imported before: two threads that import it at once
    find it half made.
    """
    import numpy  # noqa: F401

    Thread(target=_import_all, name="imports").start()


def _import_all() -> None:
    with suppress(Exception):
        for name in OF_ANALYSIS:
            import_module(name)
        from spreadscan.write.pages.page import TEMPLATE, template_of

        template_of(TEMPLATE)
