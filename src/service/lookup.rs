//! `lookup`: exactly the fields this caller may see under this procedure.

use std::pin::pin;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use smallvec::SmallVec;
use uuid::Uuid;

use super::answer::{LookupAnswer, LookupRest, ResultWord, StatusView, Withheld};
use super::citizens::{
    Call, Decided, Verdict, as_of, birth_date_word, decide, filed_under, forbidden_claims,
    papers_replaced,
};
use super::{Asking, Citizens, Error, Lack, RefusedItem};
use crate::domain::citizen::StatusKind;
use crate::domain::entry::{self, Decision, Entry};
use crate::domain::field::{FieldMask, describe};
use crate::domain::number::Warnings;
use crate::domain::policy::Operation;
use crate::domain::question::{Context, OnForbidden, Question, Wanted};
use crate::domain::record::{PROTECTED_FIELDS, Record};
use crate::domain::refusal::Refusal;
use crate::policy::Grant;

/// One person of a batch.
pub struct LookupItem {
    /// Its place in the request.
    pub at: usize,
    /// Who is meant, and what is claimed.
    pub question: Question,
    /// The version the caller holds.
    pub known_version: Option<Box<str>>,
}

impl std::fmt::Debug for LookupItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LookupItem")
            .field("at", &self.at)
            .field("question", &self.question)
            .finish_non_exhaustive()
    }
}

/// What of the wanted fields may be answered.
struct Permitted {
    mask: FieldMask,
    withheld: Vec<Withheld>,
}

impl Citizens {
    /// Discloses the wanted fields of one person, if every claim holds.
    ///
    /// Fails closed: if the entry cannot be written, nothing is disclosed.
    pub async fn lookup(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        wanted: &Wanted,
        item: &LookupItem,
    ) -> Result<LookupAnswer, Error> {
        let asked = describe(&wanted.mask());
        let questions = [&item.question];
        let call = call(asking, context, &asked, &questions, false);
        let grant = self.authorise(&call).await?;
        let permitted = match permitted(&grant, wanted) {
            Ok(permitted) => permitted,
            // Claims come before fields in the order of checks: a forbidden one is found below.
            Err(_) if !forbidden_claims(&grant, &item.question.claims, "").is_empty() => {
                Permitted {
                    mask: FieldMask::EMPTY,
                    withheld: Vec::new(),
                }
            }
            Err(items) => return Err(self.refuse(&call, Refusal::FieldNotPermitted, items).await),
        };
        let deciding = self.decide_lookup(&call, &grant, (wanted, &permitted), item);
        let decided = self.decided(&call, pin!(deciding)).await?;
        self.tell(decided).await
    }

    /// Looks up many people at once; each item has its own answer and its own entry.
    pub async fn lookup_all(
        &self,
        asking: &Asking<'_>,
        context: &Context,
        wanted: &Wanted,
        items: &[LookupItem],
    ) -> Result<Vec<Result<LookupAnswer, Error>>, Error> {
        let asked = describe(&wanted.mask());
        let questions: Vec<_> = items.iter().map(|item| &item.question).collect();
        let call = call(asking, context, &asked, &questions, true);
        let grant = self.authorise(&call).await?;
        let permitted = match permitted(&grant, wanted) {
            Ok(permitted) => permitted,
            Err(items) => return Err(self.refuse(&call, Refusal::FieldNotPermitted, items).await),
        };
        let fields = (wanted, &permitted);
        let deciding = items
            .iter()
            .map(|item| self.decide_lookup(&call, &grant, fields, item));
        let deciding = futures_util::future::try_join_all(deciding);
        let decided = self.decided(&call, pin!(deciding)).await?;
        self.tell_all(decided).await
    }

    async fn decide_lookup(
        &self,
        call: &Call<'_>,
        grant: &Grant,
        (wanted, permitted): (&Wanted, &Permitted),
        item: &LookupItem,
    ) -> Result<Decided<LookupAnswer>, Error> {
        let question = &item.question;
        let today = call.asking.today;
        let claims: SmallVec<[&str; 8]> = question.claims.names().collect();
        let base = Entry {
            decision: Decision::NoMatch,
            ..call.entry(question, &claims)
        };
        let forbidden = forbidden_claims(grant, &question.claims, &call.pointer(item.at));
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
        let (mask, withheld) = shown(&record, grant, wanted, permitted);
        let mut citizen = Vec::with_capacity(1024);
        let disclosed = record.cut(&mask, grant.protected, today, &mut citizen);
        // Of this person and for this client: the version of somebody else's answer must not say whether
        // this one is the same, of which no entry would tell.
        let client = call.asking.caller.client.client_id.as_str();
        let version = self.keys.version_mac(&[
            client.as_bytes(),
            record.personal_id.as_str().as_bytes(),
            &citizen,
        ]);
        let version = URL_SAFE_NO_PAD.encode(version);
        let unchanged = item.known_version.as_deref() == Some(&*version);
        let told = if unchanged {
            FieldMask::EMPTY
        } else {
            disclosed
        };
        let confirmed = question.subject.confirms() | question.claims.confirms();
        let papers = papers_replaced(grant, &record, today, &told, &confirmed);
        let papers: SmallVec<[&str; 4]> = papers.iter().map(|paper| paper.code.as_str()).collect();
        let withheld_paths: SmallVec<[&str; 8]> =
            withheld.iter().map(|field| field.field).collect();
        let name_match = judgement.name.map(|level| level.as_str());
        let current = record.current_number();
        let draft = self.log.draft(&Entry {
            decision: Decision::Match,
            subject: Some(filed_under(&question.subject, Some(&current))),
            disclosed: &describe(&told),
            withheld: &withheld_paths,
            papers_replaced: &papers,
            name_match,
            revision: Some(record.revision),
            ..base
        })?;
        let answer = LookupAnswer {
            result: ResultWord::Match,
            citizen: (!unchanged).then_some(citizen),
            rest: LookupRest {
                unchanged,
                name_match,
                birth_date_match: birth_date_word(judgement.birth_date),
                status: StatusView::of(&record, &grant.readable()),
                withheld,
                warnings: record.warnings(&grant.readable()),
                version: Some(version),
                data_as_of: as_of(&found),
                audit_id: Uuid::nil(),
            },
        };
        Ok(Decided {
            answer: Ok(answer),
            draft,
        })
    }
}

fn call<'a>(
    asking: &'a Asking<'a>,
    context: &'a Context,
    asked: &'a [&'a str],
    questions: &'a [&'a Question],
    batch: bool,
) -> Call<'a> {
    Call {
        asking,
        operation: Operation::Lookup,
        recorded_as: entry::Operation::Lookup,
        context,
        asked,
        questions,
        batch,
    }
}

fn no_match() -> LookupAnswer {
    LookupAnswer {
        result: ResultWord::NoMatch,
        citizen: None,
        rest: LookupRest {
            unchanged: false,
            name_match: None,
            birth_date_match: None,
            status: None,
            withheld: Vec::new(),
            warnings: Warnings::NONE,
            version: None,
            data_as_of: None,
            audit_id: Uuid::nil(),
        },
    }
}

/// The wanted fields as far as scope and agreement go. What goes beyond is withheld where the
/// caller wants that, and refuses the request otherwise.
fn permitted(grant: &Grant, wanted: &Wanted) -> Result<Permitted, Vec<RefusedItem>> {
    let mut refused = Vec::new();
    let mut withheld = Vec::new();
    for (at, (path, mask)) in wanted.paths.iter().enumerate() {
        let lack = if !grant.by_scope.contains_all(mask) {
            Lack::Scope
        } else if !grant.by_agreement.contains_all(mask) {
            Lack::Agreement
        } else {
            continue;
        };
        // Asked for twice, it is withheld once.
        if withheld.iter().all(|field: &Withheld| field.field != *path) {
            withheld.push(Withheld {
                field: path,
                reason: lack.as_str(),
            });
        }
        refused.push(RefusedItem {
            pointer: format!("/fields/{at}"),
            field: path,
            lack,
        });
    }
    if !refused.is_empty() && wanted.on_forbidden == OnForbidden::Refuse {
        return Err(refused);
    }
    Ok(Permitted {
        mask: wanted.mask() & grant.readable(),
        withheld,
    })
}

/// What of the permitted fields this record's status and protection leave, and what they withhold.
fn shown(
    record: &Record,
    grant: &Grant,
    wanted: &Wanted,
    permitted: &Permitted,
) -> (FieldMask, Vec<Withheld>) {
    let mut withheld = permitted.withheld.clone();
    if record.status().kind == StatusKind::NumberCancelled {
        // A cancelled number never answers as if it were live.
        return (FieldMask::EMPTY, withheld);
    }
    if !record.protected || grant.protected {
        return (permitted.mask, withheld);
    }
    for (path, mask) in &wanted.paths {
        let already = withheld.iter().any(|field| field.field == *path);
        if !already && mask.intersects(&PROTECTED_FIELDS) {
            withheld.push(Withheld {
                field: path,
                reason: "protected",
            });
        }
    }
    (permitted.mask.without(&PROTECTED_FIELDS), withheld)
}
