//! Questions about a person, end to end.

mod alike;
mod batches;
mod explain;
mod lookup;
mod me;
mod names;
mod old_numbers;
mod prefill;
mod protected;
mod status;
mod verify;
mod versions;

use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, question};

/// Every scope a question can use.
pub const SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "citizen:verify.explain",
    "citizen:lookup.id_only",
    "citizen:protected",
    "fields:identity",
    "fields:birth",
    "fields:residence",
    "fields:card",
    "fields:civil_status",
    "fields:family",
    "fields:household",
    "fields:contact",
    "fields:derived",
    "field:ethnicity",
    "field:religion",
    "field:blood_type",
];

/// One client, whose agreement covers every field and claim, and the people it asks about.
struct Desk {
    app: TestApp,
    /// With every scope.
    token: String,
}

impl Desk {
    /// A desk that may verify, look up and prefill.
    async fn open(citizens: &[Value]) -> Self {
        Self::under(json!({}), citizens).await
    }

    /// A desk whose agreement is changed.
    async fn under(agreement: Value, citizens: &[Value]) -> Self {
        let app = TestApp::start().await;
        let mut wide = wide();
        merge(&mut wide, agreement);
        app.enrol("onestop", SCOPES, wide).await;
        if !citizens.is_empty() {
            app.register(citizens).await;
        }
        let token = app.token("onestop", &SCOPES.join(" "));
        Self { app, token }
    }

    /// A token of the same client without those scopes.
    fn without(&self, scopes: &[&str]) -> String {
        let left: Vec<&str> = SCOPES
            .iter()
            .copied()
            .filter(|scope| !scopes.contains(scope))
            .collect();
        self.app.token("onestop", &left.join(" "))
    }

    /// What is answered to [`question`], changed by `patch`.
    async fn ask(&self, path: &str, patch: Value) -> Value {
        self.ask_with(&self.token, path, patch).await
    }

    /// The same with another token.
    async fn ask_with(&self, token: &str, path: &str, patch: Value) -> Value {
        let answer = self.send_with(token, path, patch).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The whole answer, whatever it is.
    async fn send(&self, path: &str, patch: Value) -> Answer {
        self.send_with(&self.token, path, patch).await
    }

    async fn send_with(&self, token: &str, path: &str, patch: Value) -> Answer {
        let mut body = question();
        merge(&mut body, patch);
        self.app.post(path, token, &body).await
    }

    /// A verification of [`an`] with those claims beside the usual ones.
    async fn claim(&self, claims: Value) -> Value {
        self.ask("/v1/verify", json!({"claims": claims})).await
    }

    /// The fields of [`an`].
    async fn fields(&self, fields: &[&str]) -> Value {
        self.look(json!({"fields": fields})).await["citizen"].clone()
    }

    /// A lookup.
    async fn look(&self, patch: Value) -> Value {
        self.ask("/v1/lookup", patch).await
    }

    /// Changes the agreement, of which the rest stays.
    async fn agree(&self, patch: Value) {
        let path = "/v1/admin/agreements/onestop";
        let mut agreement = self.app.get(path, &self.app.admin()).await.json();
        merge(&mut agreement, patch);
        let answer = self.app.put(path, &agreement).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

fn wide() -> Value {
    json!({"read_fields": ["identity", "birth", "residence", "card", "civil_status", "family",
            "household", "contact", "derived", "ethnicity", "religion", "blood_type"],
        "claim_fields": ["sex", "nationality", "old_id_numbers", "marital_status", "residence",
            "family", "household", "age"]})
}

/// Lays `patch` over `base`: objects member by member, where null removes; anything else whole.
pub fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    base.remove(&key);
                } else {
                    merge(base.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (base, patch) => *base = patch,
    }
}

/// [`an`], changed.
fn an_with(patch: Value) -> Value {
    let mut citizen = an();
    merge(&mut citizen, patch);
    citizen
}

/// Someone else of that number.
fn other(personal_id: &str, patch: Value) -> Value {
    let mut citizen = json!({"personal_id": personal_id, "full_name": "Trần Thị Bích",
        "birth_date": "1990-01-01"});
    merge(&mut citizen, patch);
    citizen
}

/// An address in the old ward Phường Ngọc Hà, which was split in two.
fn split() -> Value {
    json!({"country": "VN", "province_code": "01", "district_code": "001",
        "commune_code": "00016", "detail": "3 Ngõ Nhỏ", "recorded_on": "2021-01-01"})
}

/// An address in Pleiku, whose province has another code since 1 July 2025.
fn moved() -> Value {
    json!({"country": "VN", "province_code": "64", "district_code": "622",
        "commune_code": "23557", "recorded_on": "2022-01-01"})
}

/// [`an`] with something in every field.
fn full() -> Value {
    an_with(json!({
        "family_name": "Nguyễn", "middle_name": "Văn", "given_name": "An", "other_name": "An Bé",
        "marital_status": "married",
        "ethnicity": {"code": "01", "scheme": "2008"}, "religion": {"code": "00"},
        "blood_type": "AB",
        "place_of_birth": moved(), "birth_registration_place": moved(), "place_of_origin": split(),
        "temporary_residence": split(), "current_residence": moved(),
        "absence_declaration": {"from": "2026-01-01"}, "residence_file_number": "HS-1",
        "card": {"number": "001095000001", "kind": "can_cuoc", "issued_on": "2022-04-15",
            "issued_by": "Bộ Công an", "expires_on": "2035-03-02"},
        "mother": {"full_name": "Lê Thị Hoà", "personal_id": "001165000003"},
        "spouse": {"full_name": "Trần Thị Cúc", "personal_id": "001195000004"},
        "children": [{"full_name": "Nguyễn Thị Dung", "personal_id": "001320000005"},
            {"full_name": "Nguyễn Văn Em", "personal_id": "001222000006"}],
        "legal_representative": {"full_name": "Nguyễn Văn Giang"},
        "represented_persons": [{"full_name": "Nguyễn Thị Hạnh"}],
        "relation_to_head": "con",
        "household_head": {"full_name": "Nguyễn Văn Bình", "personal_id": "001065000002"},
        "household_members": [
            {"full_name": "Nguyễn Văn Bình", "personal_id": "001065000002", "relation": "chủ hộ"},
            {"full_name": "Trần Thị Cúc", "personal_id": "001195000004", "relation": "vợ"}],
        "mobile_number": "0900000000", "email": "an@example.vn"}))
}
