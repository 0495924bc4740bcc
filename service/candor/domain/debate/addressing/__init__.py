"""Texts that speak to whoever judges them, found by code: no model is asked, none can be talked
out of it."""

from candor.domain.debate.addressing.findings import in_marks, in_page, in_text, marks_of
from candor.domain.debate.addressing.passages import Passage, passages_in

__all__ = ["Passage", "in_marks", "in_page", "in_text", "marks_of", "passages_in"]
