"""Paper mode (纸质问卷): sheets printed with a code, filled in by hand, typed in by a clerk."""
