"""Drift detectors, each a script that runs in its own environment on the same windows and the same big file.

run_PEER.py windows TABLE.parquet WINDOWS.npz ANSWER.npz     alarms, shape (windows, features), and of whole windows
run_PEER.py big REFERENCE CURRENT.parquet                    one check, to be timed from outside
"""
