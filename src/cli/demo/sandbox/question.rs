//! A question of the page, written out so that its members stand in the order in which a person would
//! write them. Not here: what it is answered.

use serde_json::Value;

use super::super::lines::OFFICER;
use crate::domain::citizen::Citizen;
use crate::http::{Text, Trial};

/// A question about somebody, and who asks it.
#[derive(Clone, Debug)]
pub struct Question {
    token: Option<&'static str>,
    context: String,
    subject: String,
    claims: String,
    more: String,
}

impl Question {
    /// The one-stop counter's, about the registration of temporary residence: what is right of that person.
    pub fn of(citizen: &Citizen) -> Self {
        let (name, date) = (citizen.full_name.as_str(), citizen.birth_date.to_string());
        Self {
            token: Some("ONESTOP"),
            context: String::new(),
            subject: format!("{{\"personal_id\":\"{}\"}}", citizen.personal_id.as_str()),
            claims: String::new(),
            more: String::new(),
        }
        .under("1.004194", Some(OFFICER))
        .claims(name, &date)
    }

    /// The same, with that variable's token or without one.
    #[must_use]
    pub fn with_token(self, token: Option<&'static str>) -> Self {
        Self { token, ..self }
    }

    /// The same under that procedure, asked by that officer.
    #[must_use]
    pub fn under(self, procedure: &str, officer: Option<&str>) -> Self {
        let officer =
            officer.map_or_else(String::new, |id| format!(",\"officer_id\":{}", text(id)));
        Self {
            context: format!("{{\"procedure_code\":{}{officer}}}", text(procedure)),
            ..self
        }
    }

    /// The same by a bank, for an account.
    #[must_use]
    pub fn by_bank(self) -> Self {
        self.with_token(Some("BANK"))
            .under("dancu.mo-tai-khoan-thanh-toan", None)
    }

    /// The same of whoever has that number: `personal_id` or `old_id_number`.
    #[must_use]
    pub fn about(self, kind: &str, number: &str) -> Self {
        let subject = format!("{{\"{kind}\":{}}}", text(number));
        Self { subject, ..self }
    }

    /// The same with that name and birth date.
    #[must_use]
    pub fn claims(self, name: &str, birth_date: &str) -> Self {
        let (name, date) = (text(name), text(birth_date));
        let claims = format!("{{\"full_name\":{name},\"birth_date\":{date}}}");
        Self { claims, ..self }
    }

    /// The same with one claim more; the value is JSON.
    #[must_use]
    pub fn claims_too(self, path: &str, value: &str) -> Self {
        let open = self.claims.trim_end_matches('}');
        let claims = format!("{open},\"{path}\":{value}}}");
        Self { claims, ..self }
    }

    /// The same with further members; they are JSON.
    #[must_use]
    pub fn and(self, members: &str) -> Self {
        let more = format!("{},{members}", self.more);
        Self { more, ..self }
    }

    /// The same asking for fields.
    #[must_use]
    pub fn fields(self, fields: &[&str]) -> Self {
        let fields: Vec<String> = fields.iter().map(|field| text(field)).collect();
        self.and(&format!("\"fields\":[{}]", fields.join(",")))
    }

    /// The same without claims.
    #[must_use]
    pub fn without_claims(self) -> Self {
        Self {
            claims: String::new(),
            ..self
        }
    }

    /// Its JSON text.
    pub fn body(&self) -> String {
        let Self {
            context,
            subject,
            claims,
            more,
            ..
        } = self;
        let claims = if claims.is_empty() {
            String::new()
        } else {
            format!(",\"claims\":{claims}")
        };
        format!("{{\"context\":{context},\"subject\":{subject}{claims}{more}}}")
    }

    /// The same as a batch of that and others, under its own context.
    pub fn batch(&self, others: &[Self]) -> String {
        let items = [self].into_iter().chain(others).zip('a'..);
        let items: Vec<String> = items
            .map(|(item, name)| {
                let Self {
                    subject, claims, ..
                } = item;
                format!("{{\"ref\":\"{name}\",\"subject\":{subject},\"claims\":{claims}}}")
            })
            .collect();
        let (context, more) = (&self.context, &self.more);
        let items = items.join(",");
        format!("{{\"context\":{context}{more},\"items\":[{items}]}}")
    }

    /// The trial that posts it there.
    pub fn at(&self, path: &'static str, about: Text, (status, answer): (u16, String)) -> Trial {
        Trial {
            about,
            token: self.token,
            path,
            body: self.body(),
            status,
            answer,
        }
    }

    /// The trial that verifies it.
    pub fn verify(&self, about: Text, answer: String) -> Trial {
        self.at("/v1/verify", about, (200, answer))
    }

    /// The trial that looks it up.
    pub fn lookup(&self, about: Text, answer: String) -> Trial {
        self.at("/v1/lookup", about, (200, answer))
    }
}

/// A text as JSON, in which no apostrophe ends what a shell takes between two.
pub fn text(text: &str) -> String {
    Value::from(text).to_string().replace('\'', "\\u0027")
}
