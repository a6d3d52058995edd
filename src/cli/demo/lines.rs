//! What a demonstration prints: a token for each client, and lines to paste, each with the answer
//! that the service has just given to it.

use std::net::SocketAddr;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::Value;

use super::super::{Failure, print};
use crate::auth::development::{DevelopmentIssuer, TokenRequest};
use crate::clock::Clock;
use crate::domain::citizen::Citizen;
use crate::synth::{Case, Population};

/// The clients of `policy.json`, the variable each token is printed as, and its scopes.
const CLIENTS: [(&str, &str, &str); 9] = [
    (
        "onestop-hcm",
        "ONESTOP",
        "citizen:verify citizen:lookup citizen:verify.explain fields:identity fields:birth \
         fields:residence fields:civil_status fields:family fields:card fields:contact \
         fields:household field:ethnicity",
    ),
    (
        "portal",
        "PORTAL",
        "citizen:verify citizen:lookup citizen:lookup.id_only fields:identity fields:birth \
         fields:residence fields:civil_status fields:family fields:contact fields:household \
         fields:derived",
    ),
    (
        "insurance",
        "INSURANCE",
        "citizen:verify citizen:lookup fields:identity fields:residence fields:household \
         fields:civil_status",
    ),
    ("bank", "BANK", "citizen:verify"),
    ("inspector", "INSPECTOR", "audit:read audit:reveal"),
    ("register-source", "REGISTER", "register:write"),
    ("administrator", "ADMINISTRATOR", "admin"),
    // One whose agency has agreed nothing, and one that is suspended: for refusals.
    ("notary", "NOTARY", "citizen:verify"),
    ("school", "SCHOOL", "citizen:verify"),
];

/// How long the printed tokens live.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// An officer of the one-stop counter.
pub const OFFICER: &str = "079085001234";

struct Line {
    about: &'static str,
    variable: &'static str,
    path: &'static str,
    body: String,
}

/// Prints tokens and lines, and for each line the answer it gets; `proving` is the command that proves
/// the log, `planted` the file that tells what is in its history.
pub async fn show(
    issuer: &DevelopmentIssuer,
    population: &Population,
    address: SocketAddr,
    proving: &str,
    planted: &Path,
) -> Result<(), Failure> {
    let now = Clock::default().now();
    let mut tokens = Vec::new();
    print("\n# One token a client, good for a day. Paste these first.")?;
    for (client_id, variable, scopes) in CLIENTS {
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id: None,
            lifetime: LIFETIME,
        };
        let token = issuer.sign(&request, now)?;
        print(&format!("{variable}={token}"))?;
        tokens.push((variable, token));
    }
    let token = |variable: &str| {
        let known = tokens.iter().find(|(name, _)| *name == variable);
        known.map(|(_, token)| token.as_str()).unwrap_or_default()
    };
    let person = person(population)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut last_entry = String::new();
    for line in lines(&person) {
        let Line {
            about,
            variable,
            path,
            body,
        } = line;
        let answer = http
            .post(format!("http://{address}{path}"))
            .bearer_auth(token(variable))
            .header("content-type", "application/json")
            .body(body.clone())
            .send()
            .await?
            .text()
            .await?;
        print(&format!(
            "\n# {about}\ncurl -s http://{address}{path} -H \"Authorization: Bearer ${variable}\" \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{body}'\n# → {answer}"
        ))?;
        let answer: Value = serde_json::from_str(&answer)?;
        if last_entry.is_empty()
            && let Some(id) = answer["audit_id"].as_str()
        {
            id.clone_into(&mut last_entry);
        }
    }
    let path = format!("/v1/audit/entries/{last_entry}");
    let entry = http
        .get(format!("http://{address}{path}"))
        .bearer_auth(token("INSPECTOR"))
        .send()
        .await?
        .text()
        .await?;
    print(&format!(
        "\n# The entry that the first of them left: who, why, what, and the person as a pseudonym.\n\
         curl -s http://{address}{path} -H \"Authorization: Bearer $INSPECTOR\"\n# → {entry}\n\n\
         # The newest head of the transparency log: how many entries it has, their root, who signed it.\n\
         curl -s http://{address}/log/checkpoint\n\n\
         # Proves, while all this runs, that no entry was changed, removed, inserted or back-dated.\n\
         {proving}\n\n\
         # The auditors' console: http://{address}/console (paste what stands behind INSPECTOR=)\n\
         {}\
         # More to try, for every outcome somebody: http://{address}/sandbox\n\
         # The description of the interface: http://{address}/docs\n# Ctrl-C ends everything.",
        history(address, planted)
    ))
}

/// How to look at the history, if one was made.
fn history(address: SocketAddr, planted: &Path) -> String {
    if !planted.exists() {
        return String::new();
    }
    let line = |about: &str, path: &str, body: &str| {
        format!(
            "# {about}\ncurl -s http://{address}{path} -H \"Authorization: Bearer $INSPECTOR\" \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{body}'\n\n"
        )
    };
    line(
        "What agencies asked in the weeks before, all of it made up: so many times on each day.",
        "/v1/audit/statistics",
        "{\"group_by\":[\"agency\",\"day\"]}",
    ) + &line(
        "The newest refusals of it.",
        "/v1/audit/search",
        "{\"decision\":\"refused\",\"limit\":10}",
    ) + &format!(
        "# The abuses that were planted in it, for whoever looks for them: {}\n\n",
        planted.display()
    )
}

fn person(population: &Population) -> Result<Citizen, Failure> {
    let index = population
        .example(Case::Plain)
        .ok_or("the population has no plain example")?;
    Ok(population.citizen(index))
}

fn lines(person: &Citizen) -> [Line; 5] {
    // Written out, so that the members stand in the order a person would write them in.
    let text = |text: &str| Value::from(text).to_string();
    let context = format!(
        "\"context\":{{\"procedure_code\":\"1.004194\",\"officer_id\":\"{OFFICER}\",\
         \"case_id\":\"H29.12-261121-0007\"}}"
    );
    let subject = format!(
        "\"subject\":{{\"personal_id\":\"{}\"}}",
        person.personal_id.as_str()
    );
    let claims = |birth_date: &str| {
        let name = text(person.full_name.as_str());
        format!("\"claims\":{{\"full_name\":{name},\"birth_date\":\"{birth_date}\"}}")
    };
    let right = claims(&person.birth_date.to_string());
    [
        Line {
            about: "A match: number, name and birth date belong together.",
            variable: "ONESTOP",
            path: "/v1/verify",
            body: format!("{{{context},{subject},{right}}}"),
        },
        Line {
            about: "No match: a wrong birth date. An unknown number is answered alike.",
            variable: "ONESTOP",
            path: "/v1/verify",
            body: format!("{{{context},{subject},{}}}", claims("1900-01-01")),
        },
        Line {
            about: "A lookup: exactly the fields asked for.",
            variable: "ONESTOP",
            path: "/v1/lookup",
            body: format!(
                "{{{context},{subject},{right},\
                 \"fields\":[\"full_name\",\"sex\",\"permanent_residence.current\"]}}"
            ),
        },
        Line {
            about: "A filled form: registration of temporary residence.",
            variable: "ONESTOP",
            path: "/v1/prefill",
            body: format!("{{{context},{subject},{right}}}"),
        },
        Line {
            about: "A refusal: the bank has no agreement for this procedure.",
            variable: "BANK",
            path: "/v1/verify",
            body: format!("{{{context},{subject},{right}}}"),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_tokens_have_the_scopes_their_clients_are_registered_with() {
        let file: Value = serde_json::from_str(include_str!("policy.json")).unwrap();
        for (client_id, _, scopes) in CLIENTS {
            let clients = file["clients"].as_array().unwrap();
            let client = clients
                .iter()
                .find(|client| client["client_id"] == client_id)
                .unwrap();
            let registered: Vec<&str> = client["scopes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| s.as_str().unwrap())
                .collect();
            assert_eq!(
                registered,
                scopes.split_whitespace().collect::<Vec<_>>(),
                "{client_id}"
            );
        }
    }
}
