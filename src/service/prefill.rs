//! `prefill`: the boxes of a procedure's form, filled as far as this caller may see.

use std::pin::pin;

use smallvec::SmallVec;
use uuid::Uuid;

use super::answer::{BoxValues, MissingBox, PrefillAnswer, ReplacedPaper, ResultWord, StatusView};
use super::citizens::{
    Call, Decided, Verdict, as_of, birth_date_word, decide, filed_under, forbidden_claims,
    papers_replaced,
};
use super::{Asking, Citizens, Error};
use crate::domain::citizen::StatusKind;
use crate::domain::entry::{self, Decision, Entry};
use crate::domain::field::{FieldMask, describe};
use crate::domain::form;
use crate::domain::policy::{Form, FormBox, Operation};
use crate::domain::question::{Context, Question};
use crate::domain::record::{PROTECTED_FIELDS, Record};
use crate::domain::refusal::Refusal;
use crate::policy::Grant;

/// A form as far as it could be filled.
struct Filled {
    values: BoxValues,
    missing: Vec<MissingBox>,
    disclosed: FieldMask,
}

impl Citizens {
    /// Fills the form of the procedure for one person, if every claim holds.
    pub async fn prefill(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        question: &Question,
    ) -> Result<PrefillAnswer, Error> {
        let questions = [question];
        let mut call = Call {
            asking,
            operation: Operation::Prefill,
            recorded_as: entry::Operation::Prefill,
            context,
            asked: &[],
            questions: &questions,
            batch: false,
        };
        let grant = self.authorise(&call).await?;
        let Some(form) = grant.procedure.form.as_ref() else {
            // A procedure without a form has nothing to fill: the operation is not to be had.
            return Err(self
                .refuse(&call, Refusal::OperationNotPermitted, Vec::new())
                .await);
        };
        let asked = form.boxes.iter().fold(FieldMask::EMPTY, |mask, form_box| {
            mask | *form_box.field().mask()
        });
        let asked = describe(&asked);
        call.asked = &asked;
        let deciding = self.decide_prefill(&call, &grant, form, question);
        let decided = self.decided(&call, pin!(deciding)).await?;
        self.tell(decided).await
    }

    async fn decide_prefill(
        &self,
        call: &Call<'_>,
        grant: &Grant,
        form: &Form,
        question: &Question,
    ) -> Result<Decided<PrefillAnswer>, Error> {
        let today = call.asking.today;
        let claims: SmallVec<[&str; 8]> = question.claims.names().collect();
        let base = Entry {
            decision: Decision::NoMatch,
            ..call.entry(question, &claims)
        };
        let forbidden = forbidden_claims(grant, &question.claims, &call.pointer(0));
        if !forbidden.is_empty() {
            return self.refused_item(base, Refusal::ClaimNotPermitted, forbidden);
        }
        let Ok(found) = self.find(&question.subject).await else {
            return self.register_down(base);
        };
        let (record, judgement) = match decide(grant, question, &found.records, today) {
            Verdict::Match(record, judgement) => (record, judgement),
            Verdict::NoMatch { current_number, .. } => {
                let subject = filed_under(&question.subject, current_number.as_ref());
                let draft = self.log.draft(&Entry {
                    subject: Some(subject),
                    ..base
                })?;
                return Ok(Decided {
                    answer: Ok(no_match()),
                    draft,
                });
            }
        };
        let filled = fill(form, grant, &record, today);
        let confirmed = question.subject.confirms() | question.claims.confirms();
        let papers = papers_replaced(grant, &record, today, &filled.disclosed, &confirmed);
        let codes: SmallVec<[&str; 4]> = papers.iter().map(|paper| paper.code.as_str()).collect();
        let withheld: Vec<&str> = filled
            .missing
            .iter()
            .filter(|missing| missing.reason != NOT_RECORDED)
            .map(|missing| missing.field)
            .collect();
        let name_match = judgement.name.map(|level| level.as_str());
        let current = record.current_number();
        let draft = self.log.draft(&Entry {
            decision: Decision::Match,
            subject: Some(filed_under(&question.subject, Some(&current))),
            disclosed: &describe(&filled.disclosed),
            withheld: &withheld,
            papers_replaced: &codes,
            name_match,
            revision: Some(record.revision),
            ..base
        })?;
        let papers = papers
            .iter()
            .map(|paper| ReplacedPaper {
                code: paper.code.as_str().to_owned(),
                name: paper.name.as_str().to_owned(),
            })
            .collect();
        let answer = PrefillAnswer {
            result: ResultWord::Match,
            form_code: Some(form.code.as_str().to_owned()),
            values: Some(filled.values),
            missing: Some(filled.missing),
            papers_replaced: Some(papers),
            name_match,
            birth_date_match: birth_date_word(judgement.birth_date),
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

const NOT_RECORDED: &str = "not_recorded";

fn fill(form: &Form, grant: &Grant, record: &Record, today: jiff::civil::Date) -> Filled {
    let mut filled = Filled {
        values: BoxValues(Vec::new()),
        missing: Vec::new(),
        disclosed: FieldMask::EMPTY,
    };
    let present = record.present(grant.protected, today);
    for form_box in &form.boxes {
        let path = form_box.field();
        let reason = match withheld(form_box, grant, record) {
            Some(reason) => reason,
            None => match form::fill(form_box, record, grant.protected, today) {
                Some(value) => {
                    filled
                        .values
                        .0
                        .push((form_box.name.as_str().to_owned(), value));
                    filled.disclosed |= form::told(form_box) & present;
                    continue;
                }
                None => NOT_RECORDED,
            },
        };
        filled.missing.push(MissingBox {
            r#box: form_box.name.as_str().to_owned(),
            field: path.as_str(),
            reason,
        });
    }
    filled
}

/// Why a box may not be filled, if it may not.
fn withheld(form_box: &FormBox, grant: &Grant, record: &Record) -> Option<&'static str> {
    let mask = *form_box.field().mask();
    if !grant.by_scope.contains_all(&mask) {
        Some("scope")
    } else if !grant.by_agreement.contains_all(&mask) {
        Some("agreement")
    } else if record.status().kind == StatusKind::NumberCancelled {
        // A cancelled number never answers as if it were live, and so does not tell of protection either.
        Some(NOT_RECORDED)
    } else if record.protected && !grant.protected && mask.intersects(&PROTECTED_FIELDS) {
        Some("protected")
    } else {
        None
    }
}

fn no_match() -> PrefillAnswer {
    PrefillAnswer {
        result: ResultWord::NoMatch,
        form_code: None,
        values: None,
        missing: None,
        papers_replaced: None,
        name_match: None,
        birth_date_match: None,
        status: None,
        data_as_of: None,
        audit_id: Uuid::nil(),
    }
}
