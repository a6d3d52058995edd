//! Who looked at a person.

use super::reading::Reading;
use super::{Auditors, Broken, Filters, Order, Paging, SearchView, Showing};
use crate::domain::entry::Operation;
use crate::service::{Asking, Error};

/// What counts as a look at a person. The canary's is one too: it is for the operator to see to that its
/// citizen is nobody, and for everybody to see where it is somebody.
const LOOKS: [Operation; 4] = [
    Operation::Verify,
    Operation::Lookup,
    Operation::Prefill,
    Operation::Canary,
];

impl Auditors {
    /// The questions about a person, over every number they have had: what was matched, what was not,
    /// what was refused. What was asked under a confidential procedure is left out, for the person
    /// may be given this report; so it stays when the procedure is confidential no more, or deleted.
    pub async fn subject_report(
        &self,
        asking: &Asking<'_>,
        filters: &Filters,
        paging: &Paging,
        reason: Option<&str>,
    ) -> Result<SearchView, Error> {
        let showing = Showing {
            reveal: false,
            reason: reason.map(Box::from),
        };
        let reading = Reading::of(filters);
        let own = reading.entry(asking, Operation::AuditSubjectReport, &showing);
        let found = async {
            let visible = self.visible(asking)?;
            let confidential = self.confidential(asking)?;
            let (criteria, _) = self.criteria(filters, visible, &showing).await?;
            let criteria = criteria
                .operations(Some(LOOKS.map(Operation::as_str).to_vec()))
                .without_procedures((!confidential.is_empty()).then_some(confidential));
            let paging = Paging {
                order: Order::Newest,
                ..*paging
            };
            self.page(&criteria, None, &paging, &showing).await
        };
        let found = found.await;
        self.answer(own, found).await
    }

    /// Procedures that are or ever were confidential.
    fn confidential(&self, asking: &Asking<'_>) -> Result<Vec<String>, Broken> {
        let snapshot = self.policy.load(asking.now)?;
        let codes = snapshot.confidential_procedures();
        Ok(codes.map(|code| code.as_str().to_owned()).collect())
    }
}
