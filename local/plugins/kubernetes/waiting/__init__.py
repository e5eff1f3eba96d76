"""When an object counts as ready, and why it is not.

A rule looks at one object (and, through `Reader`, at what belongs to it) and answers `Ready`, `Pending` or `Failed`;
the loop asks again until it is ready, has failed, is out of time, or the user cancels.
"""
