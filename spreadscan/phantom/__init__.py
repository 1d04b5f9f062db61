"""Simulated fluoroscopy of lumbar injections whose truth is known: demo, samples, tests, training, planning.

Nothing that measures imports from here. The order of work stands in ``simulate``.
"""
