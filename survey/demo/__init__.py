"""The demonstration county (演示县): real townships, made-up people, the whole way."""
