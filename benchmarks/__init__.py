"""Measurements that stand in docs/, made again with one command each."""
