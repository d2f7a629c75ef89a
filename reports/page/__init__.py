"""The page that people send around: one self-contained HTML file."""

from .document import render_page

__all__ = ["render_page"]
