//! Who looked at a person.

use super::{Auditors, Filters, Order, Paging, SearchView, Showing};
use crate::domain::entry::{Decision, Entry, Operation, Private};
use crate::service::{Asking, Error};

/// What counts as a look at a person.
const LOOKS: [Operation; 3] = [Operation::Verify, Operation::Lookup, Operation::Prefill];

impl Auditors {
    /// The questions about a person, over every number they have had: what was matched, what was not,
    /// what was refused. What was asked under a confidential procedure is left out, for the person
    /// may be given this report.
    pub async fn subject_report(
        &self,
        asking: &Asking<'_>,
        filters: &Filters,
        paging: &Paging,
        reason: Option<&str>,
    ) -> Result<SearchView, Error> {
        let names = filters.names();
        let own = Entry {
            claims: &names,
            subject: filters.subject.as_ref().map(|it| Private::new(it.as_str())),
            purpose: reason.map(Private::new),
            ..asking.entry(Operation::AuditSubjectReport, Decision::Done)
        };
        let visible = self.visible(asking)?;
        let confidential: Vec<String> = {
            let snapshot = self
                .policy
                .load(asking.now)
                .map_err(|_| Error::PolicyUnavailable)?;
            snapshot
                .confidential_procedures()
                .map(|code| code.as_str().to_owned())
                .collect()
        };
        let showing = Showing::default();
        let found = match self.criteria(filters, visible, &showing).await {
            Ok((criteria, _)) => {
                let criteria = criteria
                    .operations(Some(LOOKS.map(Operation::as_str).to_vec()))
                    .without_procedures((!confidential.is_empty()).then_some(confidential));
                let paging = Paging {
                    order: Order::Newest,
                    ..*paging
                };
                self.page(&criteria, None, &paging, &showing).await
            }
            Err(error) => Err(error),
        };
        self.answer(own, found).await
    }
}
