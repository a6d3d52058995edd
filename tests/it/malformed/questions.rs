//! Single questions: every value a member does not take, one fault a case.

use serde_json::{Value, json};

use super::case::{Case, Token, less, with};
use crate::support::app::question;

fn verify(body: &Value, faults: &[&str]) -> Case {
    Case::post("/v1/verify", Token::Asker, body.to_string()).faults(faults)
}

/// `value` at `pointer` of a verification is that one fault.
fn wrong(pointer: &str, code: &str, values: impl IntoIterator<Item = Value>) -> Vec<Case> {
    let fault = format!("{pointer} {code}");
    let values = values.into_iter();
    values
        .map(|value| verify(&with(&question(), pointer, value), &[&fault]))
        .collect()
}

/// The same for texts.
fn texts(pointer: &str, code: &str, texts: &[&str]) -> Vec<Case> {
    wrong(pointer, code, texts.iter().map(|text| json!(text)))
}

/// Another kind of value where a text is wanted.
fn no_text(pointer: &str) -> Vec<Case> {
    wrong(
        pointer,
        "type",
        [
            json!(1),
            json!(-1),
            json!(0.5),
            json!(true),
            json!(["a"]),
            json!({}),
        ],
    )
}

pub fn cases() -> Vec<Case> {
    [
        subjects(),
        names(),
        dates(),
        further_claims(),
        contexts(),
        lookups(),
        prefills(),
    ]
    .concat()
}

fn subjects() -> Vec<Case> {
    let number = "/subject/personal_id";
    let by_old = |value: Value| with(&question(), "/subject", json!({"old_id_number": value}));
    let mut cases = vec![
        verify(&less(&question(), "/subject"), &["/subject required"]),
        verify(
            &with(&question(), "/subject", Value::Null),
            &["/subject required"],
        ),
        verify(
            &with(&question(), "/subject", json!({})),
            &["/subject required"],
        ),
        verify(
            &with(&question(), number, Value::Null),
            &["/subject required"],
        ),
        verify(
            &with(&question(), "/subject", json!("001095000001")),
            &["/subject type"],
        ),
        verify(
            &with(&question(), "/subject", json!(1_095_000_001)),
            &["/subject type"],
        ),
        verify(
            &with(&question(), "/subject", json!(["001095000001"])),
            &["/subject type"],
        ),
        verify(
            &with(&question(), "/subject/old_id_number", "012345678"),
            &["/subject format"],
        ),
        verify(
            &with(&question(), "/subject", json!({"id": "001095000001"})),
            &["/subject/id unknown_member", "/subject required"],
        ),
    ];
    cases.extend(no_text(number));
    cases.extend(texts(
        number,
        "length",
        // Nothing, one short, one long, an old number, tax codes, twice over.
        &[
            "",
            "00109500000",
            "00109500000100",
            "012345678",
            "0102030405",
            "0102030405001",
            "001095000001001095000001",
        ],
    ));
    cases.extend(texts(
        number,
        "character",
        &[
            " 001095000001",
            "001095000001 ",
            "001095 000001",
            "00109500000O",
            "-01095000001",
            "+01095000001",
            "0x1095000001",
            "００１０９５００００００１",
            "٠٠١٠٩٥٠٠٠٠٠١",
            "001095000001\0",
            "001095000001\n",
            "\u{feff}001095000001",
            "001.095.000001",
            "một hai ba",
            "\u{7f}",
            "001095000001\u{200b}",
            "' OR '1'='1",
            "\u{85}001095000001",
        ],
    ));
    for (value, code) in [
        ("", "length"),
        ("01234567", "length"),
        ("0123456789", "length"),
        ("001095000001", "length"),
        ("0102030405001", "length"),
        ("01234567A", "character"),
        ("０１２３４５６７８", "character"),
    ] {
        cases.push(verify(
            &by_old(json!(value)),
            &[&format!("/subject/old_id_number {code}")],
        ));
    }
    cases.push(verify(
        &by_old(json!(12_345_678)),
        &["/subject/old_id_number type"],
    ));
    cases
}

fn names() -> Vec<Case> {
    let name = "/claims/full_name";
    let long = "ă".repeat(201);
    // A pile of marks is as long as it is, whatever it would be composed.
    let piled = format!("A{}", "\u{301}".repeat(200));
    let mut cases = texts(name, "length", &["", " ", "\u{a0}\u{3000}", &long, &piled]);
    cases.extend(texts(
        name,
        "character",
        &[
            "Nguyễn\tVăn An",
            "Nguyễn Văn An\n",
            "Nguyễn\0An",
            "Nguyễn\u{7f}An",
            "Nguyễn\u{85}An",
            "Nguyễn\u{9f}An",
            "Nguy\u{fffd}n Văn An",
            "001095000001",
            "...",
            "-",
            "１２３",
            // TCVN3, VNI, and UTF-8 read as Latin-1.
            "NguyÔn V¨n An",
            "TrÇn ThÞ B×nh",
            "Ph¹m V¨n §ång",
            "Nguyeãn Vaên An",
            "Traàn Thò Bình",
            "Nguyá»…n VÄƒn An",
        ],
    ));
    cases.extend(no_text(name));
    cases.push(verify(
        &less(&question(), name),
        &["/claims/full_name required"],
    ));
    cases.push(verify(
        &with(&question(), name, Value::Null),
        &["/claims/full_name required"],
    ));
    cases
}

fn dates() -> Vec<Case> {
    let date = "/claims/birth_date";
    let mut cases = texts(
        date,
        "date",
        &[
            "",
            "1995-02-30",
            "1900-02-29",
            "1995-13-01",
            "1995-00-01",
            "1995-01-00",
            "1995-04-31",
            "95-03-02",
            "02/03/1995",
            "3/2/1995",
            "19950302",
            "02031995",
            "1995-3-2",
            "1995-03-2",
            "1995-03-02T00:00:00Z",
            "1995-03-02 ",
            " 1995-03-02",
            "1995-",
            "1995-03-",
            "-1995",
            "+1995-03-02",
            "１９９５-03-02",
            "0001-01-01",
            "1799-12-31",
            "2400-01-01",
            "9999-12-31",
            "12345-01-01",
            "1995/03/02",
            "1995.03.02",
            "March 2, 1995",
            "hôm nay",
            "1995-W10-4",
            "1995-061",
            "1995--02",
            "NaN",
            "null",
        ],
    );
    cases.extend(texts(date, "character", &["1995-03-02\0", "1995\n-03-02"]));
    cases.extend(no_text(date));
    cases.push(verify(
        &less(&question(), date),
        &["/claims/birth_date required"],
    ));
    cases
}

fn further_claims() -> Vec<Case> {
    [
        texts(
            "/claims/sex",
            "enum",
            &["", "M", "Male", "MALE", "nam", "1", "other", "male "],
        ),
        no_text("/claims/sex"),
        texts(
            "/claims/nationality",
            "length",
            &["", "V", "VNM", "Việt Nam"],
        ),
        texts("/claims/nationality", "character", &["vn", "V1", "Đ"]),
        texts(
            "/claims/old_id_number",
            "length",
            &["", "12345678", "001095000001"],
        ),
        texts("/claims/old_id_number", "character", &["12345678x"]),
        texts(
            "/claims/marital_status",
            "enum",
            &["", "widowed", "Single", "3"],
        ),
        wrong("/claims/marital_status", "type", [json!(2)]),
        texts("/claims/father.full_name", "length", &["", "  "]),
        texts(
            "/claims/mother.full_name",
            "character",
            &["NguyÔn ThÞ B×nh", "Bình\u{1}"],
        ),
        wrong("/claims/spouse.full_name", "type", [json!(["Bình"])]),
        texts("/claims/household_head.personal_id", "length", &["1"]),
        wrong(
            "/claims/age_at_least",
            "range",
            [
                json!(-1),
                json!(151),
                json!(u64::MAX),
                json!(i64::MIN),
                json!(1e300),
            ],
        ),
        wrong(
            "/claims/age_at_least",
            "type",
            [
                json!(18.5),
                json!(18.0),
                json!("18"),
                json!(true),
                json!([18]),
                json!({}),
            ],
        ),
        ["permanent", "temporary", "current"]
            .into_iter()
            .flat_map(|which| {
                let province = format!("/claims/{which}_residence.province_code");
                let commune = format!("/claims/{which}_residence.commune_code");
                [
                    wrong(&province, "type", [json!(1)]),
                    texts(&province, "length", &["", "1", "001"]),
                    texts(&province, "character", &["HN", "0 "]),
                    texts(&commune, "length", &["0001", "000013"]),
                    texts(&commune, "character", &["0001x"]),
                ]
                .concat()
            })
            .collect(),
        vec![
            verify(&less(&question(), "/claims"), &["/claims required"]),
            verify(
                &with(&question(), "/claims", Value::Null),
                &["/claims required"],
            ),
            verify(
                &with(&question(), "/claims", json!({})),
                &["/claims/full_name required", "/claims/birth_date required"],
            ),
            verify(
                &with(&question(), "/claims", json!("Nguyễn Văn An")),
                &["/claims type"],
            ),
            verify(&with(&question(), "/claims", json!([])), &["/claims type"]),
            // Claims are paths, not objects in objects.
            verify(
                &with(&question(), "/claims/father", json!({"full_name": "Bình"})),
                &["/claims/father unknown_member"],
            ),
        ],
    ]
    .concat()
}

fn contexts() -> Vec<Case> {
    let (procedure, officer, case) = (
        "/context/procedure_code",
        "/context/officer_id",
        "/context/case_id",
    );
    [
        vec![
            verify(&less(&question(), "/context"), &["/context required"]),
            verify(
                &with(&question(), "/context", Value::Null),
                &["/context required"],
            ),
            verify(
                &with(&question(), "/context", json!("1.004194")),
                &["/context type"],
            ),
            verify(
                &with(&question(), "/context", json!({})),
                &["/context/procedure_code required"],
            ),
            verify(
                &with(&question(), "/context/agency_code", "H29"),
                &["/context/agency_code unknown_member"],
            ),
        ],
        texts(procedure, "length", &["", &"1".repeat(65)]),
        texts(
            procedure,
            "character",
            &["1.004194 ", "1/004194", "Đ", "1.004194\0", "*", "%"],
        ),
        no_text(procedure),
        texts(officer, "length", &["", &"1".repeat(33)]),
        texts(
            officer,
            "character",
            &["cán bộ", "0790 85001234", "a/b", "a\u{80}"],
        ),
        wrong(officer, "type", [json!(79_085_001_234_u64), json!([])]),
        texts(case, "length", &["", &"x".repeat(65)]),
        texts(
            case,
            "character",
            &["hồ sơ", "a b", "a\\b", "H29\u{0}", "a?b", "#1"],
        ),
        wrong(case, "type", [json!(7), json!({"id": 7})]),
    ]
    .concat()
}

fn lookups() -> Vec<Case> {
    let asked = with(&question(), "/fields", json!(["full_name"]));
    let lookup = |body: &Value, faults: &[&str]| {
        Case::post("/v1/lookup", Token::Asker, body.to_string()).faults(faults)
    };
    let fields = |value: Value, faults: &[&str]| lookup(&with(&asked, "/fields", value), faults);
    vec![
        lookup(&question(), &["/fields required"]),
        fields(Value::Null, &["/fields required"]),
        fields(json!([]), &["/fields length"]),
        fields(json!(vec!["sex"; 65]), &["/fields too_many"]),
        fields(json!("full_name"), &["/fields type"]),
        fields(json!({"full_name": true}), &["/fields type"]),
        fields(json!([null]), &["/fields/0 type"]),
        fields(
            json!(["full_name", 7, ["sex"]]),
            &["/fields/1 type", "/fields/2 type"],
        ),
        fields(json!(["shoe_size"]), &["/fields/0 enum"]),
        fields(
            json!(["sex", "Sex", "sex "]),
            &["/fields/1 enum", "/fields/2 enum"],
        ),
        fields(json!(["permanent_residence.now"]), &["/fields/0 enum"]),
        fields(json!(["permanent_residence."]), &["/fields/0 enum"]),
        fields(json!([".sex", ""]), &["/fields/0 enum", "/fields/1 enum"]),
        fields(json!(["fields:identity"]), &["/fields/0 enum"]),
        fields(json!(["*"]), &["/fields/0 enum"]),
        fields(json!(["sex\0"]), &["/fields/0 character"]),
        lookup(
            &with(&asked, "/on_forbidden", "drop"),
            &["/on_forbidden enum"],
        ),
        lookup(
            &with(&asked, "/on_forbidden", "Withhold"),
            &["/on_forbidden enum"],
        ),
        lookup(
            &with(&asked, "/on_forbidden", true),
            &["/on_forbidden type"],
        ),
        lookup(
            &with(&asked, "/known_version", ""),
            &["/known_version length"],
        ),
        lookup(
            &with(&asked, "/known_version", "x".repeat(65)),
            &["/known_version length"],
        ),
        lookup(
            &with(&asked, "/known_version", "a\u{1b}[2J"),
            &["/known_version character"],
        ),
        lookup(&with(&asked, "/known_version", 7), &["/known_version type"]),
        lookup(&less(&asked, "/claims"), &["/claims required"]),
        lookup(&with(&asked, "/limit", 10), &["/limit unknown_member"]),
        lookup(
            &with(&asked, "/subject", json!({"full_name": "An"})),
            &["/subject/full_name unknown_member", "/subject required"],
        ),
    ]
}

fn prefills() -> Vec<Case> {
    let prefill = |body: &Value, faults: &[&str]| {
        Case::post("/v1/prefill", Token::Asker, body.to_string()).faults(faults)
    };
    vec![
        prefill(
            &json!({}),
            &["/context required", "/subject required", "/claims required"],
        ),
        prefill(&less(&question(), "/claims"), &["/claims required"]),
        prefill(
            &with(&question(), "/fields", json!(["full_name"])),
            &["/fields unknown_member"],
        ),
        prefill(
            &with(&question(), "/form_code", "CT01"),
            &["/form_code unknown_member"],
        ),
        prefill(
            &with(&question(), "/subject/personal_id", "1"),
            &["/subject/personal_id length"],
        ),
    ]
}
