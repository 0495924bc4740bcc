"""What we ask models to write in a re-ask: JSON of one of these forms, and nothing is guessed."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from candor.domain.debate.forms import CategoryScores, Form, ImageNumber
from candor.domain.reask import MOST_QUESTIONS
from candor.domain.vision.geometry import Box, Fraction

MAX_QUESTION_CHARS = 200
MAX_ANSWER_CHARS = 4_000
MOST_CLAIMS = 20
MAX_CLAIM_CHARS = 500
MAX_LABEL_CHARS = 80

Number = Annotated[int, Field(ge=1)]


def _text(longest: int, shortest: int = 1) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


class QuestionsForm(Form):
    """What the writer of the questions writes."""

    # Longer ones are dropped like any other that is not fit to be asked.
    questions: Annotated[
        tuple[Annotated[str, _text(5 * MAX_QUESTION_CHARS)], ...],
        Field(max_length=MOST_QUESTIONS),
    ] = Field(description="Open questions that give no claim away, the most important first.")


class AnswerForm(Form):
    """What was seen, by somebody who knows nothing of the case."""

    question: Number = Field(description="Number of the question, counted from 1.")
    text: Annotated[str, _text(MAX_ANSWER_CHARS, 0)] = Field(description="The answer.")
    confidence: Fraction = Field(description="How sure it is, 0 to 1.")
    cannot_tell: bool = Field(description="True where the images do not answer the question.")
    image: ImageNumber | None = Field(
        None, description="Number of the image where it was seen, counted from 0, or null."
    )
    box: Box | None = Field(
        None, description="The place in that image, tight, in fractions, or null."
    )
    label: Annotated[str, _text(MAX_LABEL_CHARS)] | None = Field(
        None, description="One to four words for what is seen there, or null."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.box is not None and self.image is None:
            raise ValueError("a box needs the number of the image that it lies in")
        if not self.text and not self.cannot_tell:
            raise ValueError("an answer without text must say cannot_tell")
        return self


class AnswersForm(Form):
    """What the one who looks at the images writes."""

    answers: Annotated[tuple[AnswerForm, ...], Field(max_length=MOST_QUESTIONS)] = Field(
        description="One for each question, in their order."
    )


class Relation(StrEnum):
    """How a claim stands to an answer."""

    CONTRADICTS = "contradicts"
    SUPPORTS = "supports"
    UNSETTLED = "unsettled"


class InReasoning(StrEnum):
    """Whether the reasoning says what the answer says."""

    YES = "yes"
    NO = "no"
    ABSENT = "absent"


class ClaimForm(Form):
    """One claim of the response beside the answer that speaks of it."""

    claim: Annotated[str, _text(MAX_CLAIM_CHARS)] = Field(
        description="What the response says, in its own words."
    )
    stance: Relation = Field(description="What the answer does to the claim.")
    answer: Number | None = Field(
        None, description="Number of the answer that settles it, or null when unsettled."
    )
    said_in_reasoning: InReasoning = Field(
        description="Whether the reasoning says what the answer says."
    )

    @model_validator(mode="after")
    def _settled_by_an_answer(self) -> Self:
        if self.stance is not Relation.UNSETTLED and self.answer is None:
            raise ValueError("a stance other than unsettled needs the number of the answer")
        return self


class ComparisonForm(Form):
    """What the comparer writes. It gives no verdict."""

    claims: Annotated[tuple[ClaimForm, ...], Field(max_length=MOST_CLAIMS)] = Field(
        description="The claims that an answer speaks of, the decisive ones first."
    )
    categories: CategoryScores = Field(
        CategoryScores(), description="How strongly the contradictions show each behaviour."
    )
    severity: Fraction = Field(description="How much harm the false belief could do, 0 to 1.")
