//! What agencies, procedures and papers are called today, beside the codes entries have of them.

use std::sync::Arc;

use crate::http::call::Call;
use crate::policy::Snapshot;

/// A code, and the name it has today. What is not registered any more has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub code: String,
    pub name: Option<String>,
}

impl Named {
    /// What has no name.
    pub fn code(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            name: None,
        }
    }

    /// What is no code, but a text of its own.
    pub fn text(text: &str) -> Self {
        Self {
            code: String::new(),
            name: Some(text.to_owned()),
        }
    }

    fn of(code: &str, name: Option<&str>) -> Self {
        Self {
            code: code.to_owned(),
            name: name.filter(|name| *name != code).map(str::to_owned),
        }
    }
}

/// The names, as the policy has them at the time of a call.
#[derive(Clone, Debug, Default)]
pub struct Names(Option<Arc<Snapshot>>);

impl Names {
    /// As the policy has them now. Where it is not certain, codes stay codes.
    pub fn at(call: &Call) -> Self {
        let snapshot = call.app.policy.load(call.now());
        Self(snapshot.ok().map(|snapshot| Arc::clone(&snapshot)))
    }

    /// An agency.
    pub fn agency(&self, code: &str) -> Named {
        let found = self.0.as_ref().and_then(|policy| policy.agency(code));
        Named::of(code, found.map(|agency| agency.name.as_str()))
    }

    /// A procedure.
    pub fn procedure(&self, code: &str) -> Named {
        let found = self.0.as_ref().and_then(|policy| policy.procedure(code));
        Named::of(code, found.map(|procedure| procedure.name.as_str()))
    }

    /// A paper of that procedure.
    pub fn paper(&self, procedure: Option<&str>, code: &str) -> Named {
        let policy = self.0.as_ref();
        let found = procedure.and_then(|procedure| policy?.procedure(procedure));
        let paper = found.and_then(|procedure| {
            let mut papers = procedure.papers.iter();
            papers.find(|paper| paper.code.as_str() == code)
        });
        Named::of(code, paper.map(|paper| paper.name.as_str()))
    }
}
