//! Everything that is administered at one position of the policy's feed, arranged for look-ups.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use foldhash::{HashMap, HashMapExt as _};

use crate::domain::policy::{Agency, Agreement, Client, Code, OfficerId, Procedure, Rows};

/// The agreements of a client by procedure, each list by first day.
pub(super) type Agreements = HashMap<Code, Vec<(Arc<Agreement>, Arc<Procedure>)>>;

/// One consistent state of the policy. It never changes; the next state is another snapshot.
#[derive(Debug, Default)]
pub struct Snapshot {
    head: i64,
    /// Whose clients have no issuer of their own.
    first_issuer: Box<str>,
    agencies: HashMap<Code, Agency>,
    clients: HashMap<Code, Arc<Client>>,
    agreements: HashMap<Code, Agreements>,
    procedures: HashMap<Code, Arc<Procedure>>,
    /// Procedures that are or ever were confidential.
    confidential: HashSet<Code>,
    /// The agencies where an officer is registered and active.
    officers: HashMap<OfficerId, Vec<Code>>,
}

impl Snapshot {
    /// Arranges what was read. An agreement whose procedure is missing cannot be (the schema refers
    /// to it) and would grant nothing.
    pub fn new(rows: Rows, first_issuer: &str) -> Self {
        let mut snapshot = Self {
            head: rows.head,
            first_issuer: first_issuer.into(),
            agencies: by(rows.agencies, |agency| agency.code.clone()),
            clients: by(rows.clients.into_iter().map(Arc::new), |client| {
                client.client_id.clone()
            }),
            procedures: by(rows.procedures.into_iter().map(Arc::new), |one| {
                one.code.clone()
            }),
            confidential: rows.ever_confidential.into_iter().collect(),
            agreements: HashMap::new(),
            officers: HashMap::new(),
        };
        for agreement in rows.agreements {
            let Some(procedure) = snapshot.procedures.get(&agreement.procedure_code) else {
                continue;
            };
            snapshot
                .agreements
                .entry(agreement.client_id.clone())
                .or_default()
                .entry(agreement.procedure_code.clone())
                .or_default()
                .push((Arc::new(agreement), Arc::clone(procedure)));
        }
        for list in snapshot
            .agreements
            .values_mut()
            .flat_map(HashMap::values_mut)
        {
            list.sort_by_key(|(agreement, _)| agreement.valid_from);
        }
        for officer in rows.officers.into_iter().filter(|officer| officer.active) {
            snapshot
                .officers
                .entry(officer.officer_id)
                .or_default()
                .push(officer.agency_code);
        }
        snapshot
    }

    /// The position of the feed it stands for.
    pub const fn head(&self) -> i64 {
        self.head
    }

    /// The agency of that code.
    pub fn agency(&self, code: &str) -> Option<&Agency> {
        self.agencies.get(code)
    }

    /// The client of that id, whoever issues its tokens.
    pub fn client(&self, client_id: &str) -> Option<&Arc<Client>> {
        self.clients.get(client_id)
    }

    /// The procedure of that code.
    pub fn procedure(&self, code: &str) -> Option<&Arc<Procedure>> {
        self.procedures.get(code)
    }

    /// Whether the code is one of the policy's words: of a procedure that is registered, or that was
    /// and is remembered. Any other is a caller's own text.
    pub fn knows_procedure(&self, code: &str) -> bool {
        self.procedures.contains_key(code) || self.confidential.contains(code)
    }

    /// The procedures whose entries are kept from the person's own report: also those that are
    /// confidential no more, or registered no more, for what was asked under them was asked in
    /// confidence.
    pub fn confidential_procedures(&self) -> impl Iterator<Item = &Code> {
        // One that the release before has stored is not remembered yet.
        let unremembered = self
            .procedures
            .values()
            .filter(|one| one.confidential && !self.confidential.contains(&one.code))
            .map(|one| &one.code);
        self.confidential.iter().chain(unremembered)
    }

    /// That agency and every one below it, as far as they are registered; the agency itself always.
    pub fn agency_and_below(&self, code: &Code) -> HashSet<Code> {
        let mut found = HashSet::from([code.clone()]);
        // Each round adds a level; a circle adds nothing the second time and so ends it.
        loop {
            let next: Vec<Code> = self
                .agencies
                .values()
                .filter(|agency| !found.contains(&agency.code))
                .filter(|agency| {
                    agency
                        .parent
                        .as_ref()
                        .is_some_and(|above| found.contains(above))
                })
                .map(|agency| agency.code.clone())
                .collect();
            if next.is_empty() {
                return found;
            }
            found.extend(next);
        }
    }

    /// Who issues the client's tokens.
    pub(super) fn issuer_of<'a>(&'a self, client: &'a Client) -> &'a str {
        client
            .issuer
            .as_ref()
            .map_or(&*self.first_issuer, |issuer| issuer.as_str())
    }

    /// The client's agreements.
    pub(super) fn agreements_of(&self, client: &Client) -> &Agreements {
        static NONE: LazyLock<Agreements> = LazyLock::new(Agreements::new);
        self.agreements.get(&client.client_id).unwrap_or(&NONE)
    }

    /// Whether the officer is registered, active and of that agency.
    pub(super) fn works_for(&self, officer: &OfficerId, agency_code: &Code) -> bool {
        self.officers
            .get(officer)
            .is_some_and(|agencies| agencies.contains(agency_code))
    }
}

fn by<T>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> Code) -> HashMap<Code, T> {
    items.into_iter().map(|item| (key(&item), item)).collect()
}
