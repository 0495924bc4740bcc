"""The re-ask: what is in the images, asked again of somebody who knows nothing of the case."""

MOST_QUESTIONS = 12
