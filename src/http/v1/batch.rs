//! The answer to a batch: one result an item, in the order of the request.

use actix_web::web::Data;

use super::wire::ItemRef;
use crate::http::app::App;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{self, Language, Problem};
use crate::json::Fault;
use crate::service::Error;
use crate::service::answer::Answer;

/// Results while they come in.
pub struct Results {
    envelope: Envelope,
    language: Language,
    app: Data<App>,
    names: Vec<ItemRef>,
    /// What stands behind each name, without its opening brace.
    members: Vec<(usize, Vec<u8>)>,
}

impl std::fmt::Debug for Results {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Results(***)")
    }
}

impl Results {
    /// No results yet.
    pub fn new(call: &Call) -> Self {
        Self {
            envelope: call.envelope(),
            language: problem::language(call.request().headers()),
            app: Data::clone(&call.app),
            names: Vec::new(),
            members: Vec::new(),
        }
    }

    /// The next item's name.
    pub fn name(&mut self, name: ItemRef) {
        self.names.push(name);
    }

    /// An item that could not be read.
    pub fn fault(&mut self, at: usize, faults: Vec<Fault>) {
        self.problem(at, Problem::invalid(faults));
    }

    /// An item's answer.
    pub fn answer(&mut self, at: usize, answer: Result<impl Answer, Error>) {
        match answer {
            Ok(answer) => {
                let mut members = Vec::with_capacity(256);
                answer.write_members(&mut members);
                self.members.push((at, members));
            }
            Err(error) => self.problem(at, error.into()),
        }
    }

    fn problem(&mut self, at: usize, problem: Problem) {
        self.app
            .metrics
            .item_failed(self.envelope.route, problem.code());
        let document = problem.document(self.language, self.envelope.request_id);
        let mut members = b"\"problem\":".to_vec();
        serde_json::to_writer(&mut members, &document).expect("a problem document serialises");
        members.push(b'}');
        self.members.push((at, members));
    }

    /// `{"results": […]}`.
    pub fn into_json(mut self) -> Vec<u8> {
        self.members.sort_unstable_by_key(|(at, _)| *at);
        let mut out = b"{\"results\":[".to_vec();
        for (at, members) in &self.members {
            if *at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"ref\":");
            serde_json::to_writer(&mut out, &*self.names[*at].0).expect("a text serialises");
            out.push(b',');
            out.extend_from_slice(members);
        }
        out.extend_from_slice(b"]}");
        out
    }
}
