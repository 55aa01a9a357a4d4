"""The mathematics: pure functions of arrays, numpy and scipy only.

Axes have fixed names: ``n`` images of a generation batch over all processes, ``k`` answers per image, ``a`` attributes
with ``overall`` last. NaN means missing, and stays missing.
"""
