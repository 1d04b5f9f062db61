"""Beam, detector and processing: from what the rays pass to stored pixels.

In order: ``attenuation`` (tables), ``spectrum`` (tube and scintillator), ``transmission`` (primary beam),
``collimator``, ``distortion`` (image intensifier), ``detector`` (scatter, quanta, noise), ``processing`` and
``lettering`` (stored pixels); ``blur`` serves the last ones.
"""
