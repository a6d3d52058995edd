//! Questions about a person: authorise, read, judge, record, answer. What the three questions have
//! in common; each has its own file beside this one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use smallvec::SmallVec;

use super::answer::{Answer, AsOf, Explained};
use super::asking::under_unregistered;
use super::{Asking, Error, Lack, Log, RefusedItem, within};
use crate::audit::Draft;
use crate::domain::citizen::StatusKind;
use crate::domain::claim::{Claims, Outcome, Subject};
use crate::domain::date::DateMatch;
use crate::domain::entry::{self, Decision, Entry, Private};
use crate::domain::field::FieldMask;
use crate::domain::number::PersonalId;
use crate::domain::policy::{Operation, Paper};
use crate::domain::question::{Context, Question};
use crate::domain::record::{Judgement, Record, judge};
use crate::domain::refusal::Refusal;
use crate::keys::Keys;
use crate::policy::{Grant, Policy};
use crate::register::{Found, Nodes, Register};

/// The register as callers may question it.
#[derive(Clone, Debug)]
pub struct Citizens {
    pub(super) policy: Arc<Policy>,
    pub(super) register: Arc<Register>,
    pub(super) log: Log,
    pub(super) keys: Arc<Keys>,
    /// How long deciding may take.
    deadline: Duration,
}

/// One call: a question, or a batch of them under one context.
pub(super) struct Call<'a> {
    pub asking: &'a Asking<'a>,
    pub operation: Operation,
    /// The log's word for it.
    pub recorded_as: entry::Operation,
    pub context: &'a Context,
    /// The paths asked for, by a lookup.
    pub asked: &'a [&'a str],
    pub questions: &'a [&'a Question],
    pub batch: bool,
}

impl<'a> Call<'a> {
    /// The entry of one question, so far refused and about the submitted number.
    pub fn entry(&self, question: &'a Question, claims: &'a [&'a str]) -> Entry<'a> {
        Entry {
            claims,
            subject: Some(Private::new(question.subject.as_str())),
            ..self.unanswered()
        }
    }

    fn unanswered(&self) -> Entry<'a> {
        Entry {
            batch: self.batch,
            asked: self.asked,
            ..self
                .asking
                .entry_under(self.context, self.recorded_as, Decision::Refused)
        }
    }

    /// The JSON pointer of the item at that place, empty for a single question.
    pub fn pointer(&self, at: usize) -> String {
        if self.batch {
            format!("/items/{at}")
        } else {
            String::new()
        }
    }
}

/// What was decided about one question, with the entry that must be durable before it is told.
pub(super) struct Decided<A> {
    pub answer: Result<A, Error>,
    pub draft: Draft,
}

impl Citizens {
    /// Answers from `register` to whom `policy` allows it, after recording in `log`. What is not
    /// decided within `deadline` is given up.
    pub fn new(
        policy: Arc<Policy>,
        register: Arc<Register>,
        log: Log,
        keys: Arc<Keys>,
        deadline: Duration,
    ) -> Self {
        Self {
            policy,
            register,
            log,
            keys,
            deadline,
        }
    }

    /// The same, recording in `log`.
    pub fn recording_in(&self, log: Log) -> Self {
        Self {
            log,
            ..self.clone()
        }
    }

    /// The same for callers on one thread, which reads the register itself: see [`Register::of_thread`].
    pub fn reading_from(
        &self,
        nodes: Nodes,
        readers: usize,
    ) -> (Self, impl Future<Output = ()> + use<>) {
        let (register, reading) = self.register.of_thread(nodes, readers);
        let citizens = Self {
            register,
            ..self.clone()
        };
        (citizens, reading)
    }

    /// What is decided about a call, in the time there is for it. A fault of ours, and time that runs out,
    /// leave one entry a question that says so.
    ///
    /// Only deciding is given up, which leaves nothing behind: an entry that is under way is waited for,
    /// so that none is half recorded.
    pub(super) async fn decided<T>(
        &self,
        call: &Call<'_>,
        deciding: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        let deciding = AssertUnwindSafe(deciding).catch_unwind();
        match within(self.deadline, deciding).await {
            Ok(Ok(decided)) => decided,
            Ok(Err(_)) => {
                let failed = |audit_id| Error::Internal { audit_id };
                Err(Box::pin(self.fail(call, "internal", false, failed)).await)
            }
            Err(_) => {
                let failed = |audit_id| Error::Late { audit_id };
                Err(Box::pin(self.fail(call, "overloaded", false, failed)).await)
            }
        }
    }

    /// Records one failure a question and gives the error. The procedure may be one that nobody
    /// registered.
    async fn fail(
        &self,
        call: &Call<'_>,
        reason: &'static str,
        is_unregistered: bool,
        failed: impl FnOnce(Option<uuid::Uuid>) -> Error,
    ) -> Error {
        let drafts = self.drafts(call, Decision::Failed, reason, is_unregistered);
        let recorded = async { self.log.commit_all(drafts?).await };
        match recorded.await {
            Ok(ids) => failed(ids.first().copied()),
            Err(error) => error,
        }
    }

    /// Leave to ask, or the refusal; an entry for each question is recorded with the latter.
    pub(super) async fn authorise(&self, call: &Call<'_>) -> Result<Grant, Error> {
        let granting = catch_unwind(AssertUnwindSafe(|| self.grant(call)));
        let Ok(granted) = granting else {
            let failed = |audit_id| Error::Internal { audit_id };
            return Err(Box::pin(self.fail(call, "internal", true, failed)).await);
        };
        let (granted, is_unregistered) = granted?;
        match granted {
            Ok(grant) => Ok(grant),
            Err(refusal) => {
                let refused = self.refuse_under(call, refusal, Vec::new(), is_unregistered);
                Err(Box::pin(refused).await)
            }
        }
    }

    /// What the policy says, and whether nobody registered the procedure.
    fn grant(&self, call: &Call<'_>) -> Result<(Result<Grant, Refusal>, bool), Error> {
        let asking = call.asking;
        let snapshot = self
            .policy
            .load(asking.now)
            .map_err(|_| Error::PolicyUnavailable { audit_id: None })?;
        let granted = snapshot.grant(
            asking.caller,
            call.operation,
            call.context.procedure_code.as_str(),
            call.context.officer_id,
            asking.today,
        );
        // Whoever got leave has an agreement, and that a procedure.
        let is_unregistered =
            granted.is_err() && !snapshot.knows_procedure(call.context.procedure_code.as_str());
        Ok((granted, is_unregistered))
    }

    /// Records one refusal a question (one in all where there is none) and gives the error.
    pub(super) async fn refuse(
        &self,
        call: &Call<'_>,
        refusal: Refusal,
        items: Vec<RefusedItem>,
    ) -> Error {
        self.refuse_under(call, refusal, items, false).await
    }

    /// The same, where the procedure may be one that nobody registered.
    async fn refuse_under(
        &self,
        call: &Call<'_>,
        refusal: Refusal,
        items: Vec<RefusedItem>,
        is_unregistered: bool,
    ) -> Error {
        let drafts = self.drafts(call, Decision::Refused, refusal.code(), is_unregistered);
        let drafts = match drafts {
            Ok(drafts) => drafts,
            Err(error) => return error,
        };
        match self.log.commit_all(drafts).await {
            Ok(ids) => Error::Refused {
                refusal,
                items,
                audit_id: ids.first().copied(),
            },
            Err(error) => error,
        }
    }

    /// One entry a question (one in all where there is none) of a call that ended so.
    fn drafts(
        &self,
        call: &Call<'_>,
        decision: Decision,
        reason: &'static str,
        is_unregistered: bool,
    ) -> Result<Vec<Draft>, Error> {
        let drafts = call.questions.iter().map(|question| {
            let claims: SmallVec<[&str; 8]> = question.claims.names().collect();
            let entry = Entry {
                decision,
                reason: Some(reason),
                ..call.entry(question, &claims)
            };
            self.draft_under(entry, is_unregistered)
        });
        let mut drafts = drafts.collect::<Result<Vec<_>, Error>>()?;
        if drafts.is_empty() {
            let entry = Entry {
                decision,
                reason: Some(reason),
                ..call.unanswered()
            };
            drafts.push(self.draft_under(entry, is_unregistered)?);
        }
        Ok(drafts)
    }

    fn draft_under(&self, entry: Entry<'_>, is_unregistered: bool) -> Result<Draft, Error> {
        if is_unregistered {
            self.log.draft(&under_unregistered(entry))
        } else {
            self.log.draft(&entry)
        }
    }

    /// Makes the entry durable, then lets the answer go.
    pub(super) async fn tell<A: Answer>(&self, decided: Decided<A>) -> Result<A, Error> {
        let id = self.log.commit(decided.draft).await?;
        told(decided.answer, id)
    }

    /// Makes all entries durable, then lets the answers go.
    pub(super) async fn tell_all<A: Answer>(
        &self,
        decided: Vec<Decided<A>>,
    ) -> Result<Vec<Result<A, Error>>, Error> {
        let (answers, drafts): (Vec<_>, Vec<_>) = decided
            .into_iter()
            .map(|one| (one.answer, one.draft))
            .unzip();
        let ids = self.log.commit_all(drafts).await?;
        Ok(answers
            .into_iter()
            .zip(ids)
            .map(|(answer, id)| told(answer, id))
            .collect())
    }

    /// Everyone the subject may mean.
    pub(super) async fn find(&self, subject: &Subject) -> Result<Found, crate::store::Error> {
        match subject {
            Subject::PersonalId(number) => self.register.find(*number).await,
            Subject::OldIdNumber(number) => self.register.find_by_old_number(*number).await,
        }
    }
}

fn told<A: Answer>(answer: Result<A, Error>, id: uuid::Uuid) -> Result<A, Error> {
    match answer {
        Ok(mut answer) => {
            answer.recorded_as(id);
            Ok(answer)
        }
        Err(Error::Refused { refusal, items, .. }) => Err(Error::Refused {
            refusal,
            items,
            audit_id: Some(id),
        }),
        Err(Error::RegisterUnavailable { .. }) => {
            Err(Error::RegisterUnavailable { audit_id: Some(id) })
        }
        Err(other) => Err(other),
    }
}

/// The claims the agreement does not cover, with their places below `at`.
pub(super) fn forbidden_claims(grant: &Grant, claims: &Claims, at: &str) -> Vec<RefusedItem> {
    let forbidden =
        |field: crate::domain::field::Field| !grant.claimable().mask().contains_all(&field.mask());
    claims
        .0
        .iter()
        .filter(|claim| claim.field().is_some_and(forbidden))
        .map(|claim| RefusedItem {
            pointer: format!("{at}/claims/{}", claim.name()),
            field: claim.name(),
            lack: Lack::Agreement,
        })
        .collect()
}

/// What the comparison gave.
pub(super) enum Verdict {
    /// Exactly one person, of whom every claim holds.
    Match(Arc<Record>, Judgement),
    /// Nobody, or more than one.
    NoMatch {
        outcomes: SmallVec<[Outcome; 3]>,
        /// The number the person asked about has now, where one is known.
        current_number: Option<PersonalId>,
    },
}

/// Compares claims with everyone the subject may mean.
///
/// Where the register has nobody, a record that stands in is judged all the same, so that an
/// unknown number costs what a wrong claim costs.
pub(super) fn decide(
    grant: &Grant,
    question: &Question,
    candidates: &[Arc<Record>],
    today: jiff::civil::Date,
) -> Verdict {
    let judged = |record: &Record| {
        judge(
            record,
            &question.claims,
            grant.name_match(),
            grant.protected,
            today,
        )
    };
    let [first, others @ ..] = candidates else {
        let judgement = judged(Record::stand_in());
        return Verdict::NoMatch {
            outcomes: judgement
                .outcomes
                .iter()
                .map(|_| Outcome::Mismatch)
                .collect(),
            current_number: None,
        };
    };
    let mut outcomes = SmallVec::new();
    let mut matched: SmallVec<[(&Arc<Record>, Judgement); 1]> = SmallVec::new();
    for record in std::iter::once(first).chain(others) {
        let judgement = judged(record);
        outcomes = if outcomes.is_empty() {
            judgement.outcomes.clone()
        } else {
            // Of several people, a claim is explained only where they agree on it.
            let both = outcomes.iter().zip(&judgement.outcomes);
            both.map(|(a, b)| if a == b { *a } else { Outcome::Mismatch })
                .collect()
        };
        if judgement.matches {
            matched.push((record, judgement));
        }
    }
    if matched.len() == 1
        && let Some((record, judgement)) = matched.pop()
    {
        return Verdict::Match(Arc::clone(record), judgement);
    }
    let current_number = others.is_empty().then(|| first.current_number());
    Verdict::NoMatch {
        outcomes,
        current_number,
    }
}

/// The number an entry is filed under: the person's current one, else the one submitted.
pub(super) fn filed_under<'a>(
    subject: &'a Subject,
    current: Option<&'a PersonalId>,
) -> Private<'a> {
    Private::new(current.map_or(subject.as_str(), PersonalId::as_str))
}

/// The words for how a matching birth date compared.
pub(super) const fn birth_date_word(compared: Option<DateMatch>) -> Option<&'static str> {
    match compared {
        Some(DateMatch::Full) => Some("full"),
        Some(DateMatch::Partial) => Some("partial"),
        Some(DateMatch::CoarserClaim | DateMatch::Mismatch) | None => None,
    }
}

/// Each claim's outcome by its name.
pub(super) fn explained(claims: &Claims, outcomes: &[Outcome]) -> Explained {
    Explained(claims.names().zip(outcomes.iter().copied()).collect())
}

/// The papers this answer replaces: each of a paper's fields was disclosed as far as the register
/// holds it, or confirmed.
pub(super) fn papers_replaced<'g>(
    grant: &'g Grant,
    record: &Record,
    today: jiff::civil::Date,
    disclosed: &FieldMask,
    confirmed: &FieldMask,
) -> Vec<&'g Paper> {
    let papers = &grant.procedure.papers;
    // A cancelled number never answers as if it were live: a paper about it proves nothing either.
    if papers.is_empty() || record.status().kind == StatusKind::NumberCancelled {
        return Vec::new();
    }
    let present = record.present(grant.protected, today);
    // What is recorded as unknown proves nothing.
    let present = present.without(&record.unknown());
    let shown = *disclosed | *confirmed;
    papers
        .iter()
        .filter(|paper| {
            paper.fields.iter().all(|path| {
                let held = *path.mask() & present;
                !held.is_empty() && shown.contains_all(&held)
            })
        })
        .collect()
}

/// When the record was last known to be current.
pub(super) fn as_of(found: &Found) -> Option<AsOf> {
    Some(AsOf(found.as_of))
}
