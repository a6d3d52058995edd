//! Who the peers are, how each is asked, and what it must answer.

use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::Expected;
use crate::callers::Caller;
use crate::requests::Question;
use crate::script::Tail;

/// What PostGraphile is asked where it only reads.
const QUERY: &str = "query($id:String!){citizenByPersonalId(personalId:$id){fullName sex \
    permanentResidenceProvinceCode permanentResidenceDistrictCode permanentResidenceCommuneCode}}";
/// What it is asked where it leaves a row, too.
const MUTATION: &str = "mutation($id:String!){lookup(input:{personalId:$id}){result{fullName sex \
    provinceCode districtCode communeCode}}}";

/// A peer; each without and with a row of its own log in the transaction that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// Fastify and node-postgres.
    Fastify,
    /// The same, with a row.
    FastifyRow,
    /// FastAPI and asyncpg.
    Fastapi,
    /// The same, with a row.
    FastapiRow,
    /// PostGraphile.
    Postgraphile,
    /// The same, with a row.
    PostgraphileRow,
}

impl Peer {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fastify => "fastify",
            Self::FastifyRow => "fastify, row",
            Self::Fastapi => "fastapi",
            Self::FastapiRow => "fastapi, row",
            Self::Postgraphile => "postgraphile",
            Self::PostgraphileRow => "postgraphile, row",
        }
    }

    /// The directory of `benches/peers` it is in.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Fastify | Self::FastifyRow => "fastify",
            Self::Fastapi | Self::FastapiRow => "fastapi",
            Self::Postgraphile | Self::PostgraphileRow => "postgraphile",
        }
    }

    /// Whether it writes a row for each answer.
    pub const fn has_row(self) -> bool {
        matches!(
            self,
            Self::FastifyRow | Self::FastapiRow | Self::PostgraphileRow
        )
    }

    /// Connections to the database that each of its processes opens unless told otherwise.
    pub const fn pool(self) -> usize {
        if self.has_row() { 16 } else { 8 }
    }

    /// Where it is asked.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Fastify | Self::FastifyRow | Self::Fastapi | Self::FastapiRow => "/lookup",
            Self::Postgraphile | Self::PostgraphileRow => "/graphql",
        }
    }

    /// Its requests: about whom the service is asked, by the same callers.
    pub fn tails(self, questions: &[Question], callers: &[Caller]) -> impl Iterator<Item = Tail> {
        questions.iter().enumerate().map(move |(at, one)| {
            let expected = self.answer(&one.full_name);
            Tail::new(at % callers.len(), expected, &self.question(&one.number))
        })
    }

    fn question(self, number: &str) -> Value {
        let graphql = |query| json!({"query": query, "variables": {"id": number}});
        match self {
            Self::Fastify | Self::FastifyRow | Self::Fastapi | Self::FastapiRow => {
                json!({"personal_id": number})
            }
            Self::Postgraphile => graphql(QUERY),
            Self::PostgraphileRow => graphql(MUTATION),
        }
    }

    /// How the answer about somebody of that name begins.
    fn answer(self, full_name: &str) -> Expected {
        let before = match self {
            Self::Fastify | Self::FastifyRow | Self::Fastapi | Self::FastapiRow => {
                r#"{"full_name":"#
            }
            Self::Postgraphile => r#"{"data":{"citizenByPersonalId":{"fullName":"#,
            Self::PostgraphileRow => r#"{"data":{"lookup":{"result":{"fullName":"#,
        };
        Expected::Begins(format!("{before}{},", json!(full_name)).into_bytes().into())
    }
}
