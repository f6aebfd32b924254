"""Rate and verdict of a round, for officials (认可率 结论)."""
