"""A tier that asks the images again, in neutral words and without the response.

Where the response differs from the answer, the reasoning tells two cases apart: it differs as
well, or is silent ("did not see"), or it has what the answer has ("saw and said otherwise").
"""

from dataclasses import dataclass

from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.reask.account import Account
from candor.domain.reask.interview import Interview
from candor.domain.reask.weighing import UNDECIDED, weigh
from candor.domain.tiers.reask_settings import ReaskConfig
from candor.domain.verdict import Opinion


@dataclass(frozen=True, slots=True)
class Reask:
    settings: ReaskConfig
    interview: Interview
    name: str = "reask"
    fallback: None = None

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        if not len(case.pictures):
            return Opinion(UNDECIDED, "There is no image to ask again.", undecided=True)
        questions = await self.interview.questions(case, self.settings.questions, budget)
        answers = await self.interview.answers(case, questions.asked, budget)
        account = Account(case, self.name, questions, answers)
        if all(answer.cannot_tell for answer in answers):
            return account.nothing_seen()
        form = await self.interview.comparison(case, questions.asked, answers, budget)
        async with budget.time_limit():
            claims = await case.pictures.pool.run(weigh, form.claims, answers, case.exchange)
        return account.compared(claims, form)
