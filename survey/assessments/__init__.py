"""A county's round (一次认定调查): what it is, where it stands, and the records it leaves."""
