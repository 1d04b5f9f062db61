import numpy as np

from spreadscan.phantom.chance import stream


def test_streams_are_the_same_whenever_asked_for_and_differ_from_each_other():
    asked = [
        (7, 1, "bones", 0),
        (7, 1, "tissue", 0),
        (7, 2, "bones", 0),
        (8, 1, "bones", 0),
        (7, 1, "bones", 1),
    ]
    drawn = [stream(*key).random(4).tolist() for key in asked]
    assert drawn == [stream(*key).random(4).tolist() for key in asked]
    assert len({tuple(values) for values in drawn}) == len(asked)
    assert isinstance(stream(*asked[0]), np.random.Generator)
