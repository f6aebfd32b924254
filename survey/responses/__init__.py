"""The way of an answer: link, pages, sealed envelope, opening at the close."""
