//! `verify`: do these claims match the register?

use std::pin::pin;

use smallvec::SmallVec;
use uuid::Uuid;

use super::answer::{ResultWord, StatusView, VerifyAnswer};
use super::citizens::{
    Call, Decided, Verdict, as_of, birth_date_word, decide, explained, filed_under,
    forbidden_claims, papers_replaced,
};
use super::{Asking, Citizens, Error};
use crate::domain::entry::{self, Decision, Entry};
use crate::domain::field::FieldMask;
use crate::domain::policy::Operation;
use crate::domain::question::{Context, Question};
use crate::domain::refusal::Refusal;
use crate::policy::Grant;

impl Citizens {
    /// Says whether every claim holds.
    ///
    /// Fails closed: if the entry cannot be written, the answer is withheld.
    pub async fn verify(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        question: &Question,
    ) -> Result<VerifyAnswer, Error> {
        self.verify_recorded_as(entry::Operation::Verify, asking, context, question)
            .await
    }

    /// The same of the canary, recorded under a word of its own: it is nobody's work.
    pub(super) async fn look_at_canary(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        question: &Question,
    ) -> Result<VerifyAnswer, Error> {
        self.verify_recorded_as(entry::Operation::Canary, asking, context, question)
            .await
    }

    async fn verify_recorded_as(
        &self,
        recorded_as: entry::Operation,
        asking: &Asking<'_>,
        context: &Context,
        question: &Question,
    ) -> Result<VerifyAnswer, Error> {
        let questions = [question];
        let call = Call {
            recorded_as,
            ..call(asking, context, &questions, false)
        };
        let grant = self.authorise(&call).await?;
        let deciding = self.decide_verify(&call, &grant, 0, question);
        let decided = self.decided(&call, pin!(deciding)).await?;
        self.tell(decided).await
    }

    /// Verifies many people at once; each item has its own answer and its own entry. An item is
    /// its place in the request and its question.
    pub async fn verify_all(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        items: &[(usize, Question)],
    ) -> Result<Vec<Result<VerifyAnswer, Error>>, Error> {
        let questions: Vec<_> = items.iter().map(|(_, question)| question).collect();
        let call = call(asking, context, &questions, true);
        let grant = self.authorise(&call).await?;
        let deciding = items
            .iter()
            .map(|(at, question)| self.decide_verify(&call, &grant, *at, question));
        let deciding = futures_util::future::try_join_all(deciding);
        let decided = self.decided(&call, pin!(deciding)).await?;
        self.tell_all(decided).await
    }

    async fn decide_verify(
        &self,
        call: &Call<'_>,
        grant: &Grant,
        at: usize,
        question: &Question,
    ) -> Result<Decided<VerifyAnswer>, Error> {
        let today = call.asking.today;
        let claims: SmallVec<[&str; 8]> = question.claims.names().collect();
        let base = Entry {
            decision: Decision::NoMatch,
            ..call.entry(question, &claims)
        };
        let forbidden = forbidden_claims(grant, &question.claims, &call.pointer(at));
        if !forbidden.is_empty() {
            return self.refused_item(base, Refusal::ClaimNotPermitted, forbidden);
        }
        let Ok(found) = self.find(&question.subject).await else {
            return self.register_down(base);
        };
        match decide(grant, question, &found.records, today) {
            Verdict::NoMatch {
                outcomes,
                current_number,
            } => {
                let subject = filed_under(&question.subject, current_number.as_ref());
                let draft = self.log.draft(&Entry {
                    subject: Some(subject),
                    ..base
                })?;
                let claims = grant
                    .explain
                    .then(|| explained(&question.claims, &outcomes));
                let answer = VerifyAnswer {
                    result: ResultWord::NoMatch,
                    name_match: None,
                    birth_date_match: None,
                    claims,
                    status: None,
                    data_as_of: None,
                    audit_id: Uuid::nil(),
                };
                Ok(Decided {
                    answer: Ok(answer),
                    draft,
                })
            }
            Verdict::Match(record, judgement) => {
                let current = record.current_number();
                let confirmed = question.subject.confirms() | question.claims.confirms();
                let papers = if call.recorded_as == entry::Operation::Canary {
                    // Nobody had to bring any.
                    Vec::new()
                } else {
                    papers_replaced(grant, &record, today, &FieldMask::EMPTY, &confirmed)
                };
                let papers: SmallVec<[&str; 4]> =
                    papers.iter().map(|paper| paper.code.as_str()).collect();
                let name_match = judgement.name.map(|level| level.as_str());
                let draft = self.log.draft(&Entry {
                    decision: Decision::Match,
                    subject: Some(filed_under(&question.subject, Some(&current))),
                    papers_replaced: &papers,
                    name_match,
                    revision: Some(record.revision),
                    ..base
                })?;
                let explain = grant.explain;
                let answer = VerifyAnswer {
                    result: ResultWord::Match,
                    name_match,
                    birth_date_match: birth_date_word(judgement.birth_date),
                    claims: explain.then(|| explained(&question.claims, &judgement.outcomes)),
                    status: StatusView::of(&record, &grant.readable()),
                    data_as_of: as_of(&found),
                    audit_id: Uuid::nil(),
                };
                Ok(Decided {
                    answer: Ok(answer),
                    draft,
                })
            }
        }
    }

    /// An item that is refused for itself.
    pub(super) fn refused_item<A>(
        &self,
        entry: Entry<'_>,
        refusal: Refusal,
        items: Vec<super::RefusedItem>,
    ) -> Result<Decided<A>, Error> {
        let entry = Entry {
            decision: Decision::Refused,
            reason: Some(refusal.code()),
            ..entry
        };
        let draft = self.log.draft(&entry)?;
        Ok(Decided {
            answer: Err(Error::Refused {
                refusal,
                items,
                audit_id: None,
            }),
            draft,
        })
    }

    /// An item the register did not answer.
    pub(super) fn register_down<A>(&self, entry: Entry<'_>) -> Result<Decided<A>, Error> {
        let entry = Entry {
            decision: Decision::Failed,
            reason: Some("register_unavailable"),
            ..entry
        };
        let draft = self.log.draft(&entry)?;
        Ok(Decided {
            answer: Err(Error::RegisterUnavailable { audit_id: None }),
            draft,
        })
    }
}

fn call<'a>(
    asking: &'a Asking<'a>,
    context: &'a Context,
    questions: &'a [&'a Question],
    batch: bool,
) -> Call<'a> {
    Call {
        asking,
        operation: Operation::Verify,
        recorded_as: entry::Operation::Verify,
        context,
        asked: &[],
        questions,
        batch,
    }
}
