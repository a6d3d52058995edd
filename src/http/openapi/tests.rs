use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::{Value, json};

use super::*;
use crate::domain::limits::Limits;
use crate::domain::policy::Kind;
use crate::http::problem::Code;
use crate::http::v1::auditors::{
    ExportRequest, ReconciliationRequest, SearchRequest, StatisticsRequest, SubjectReportRequest,
};
use crate::http::v1::lookup::{LookupBatchRequest, LookupRequest};
use crate::http::v1::prefill::PrefillRequest;
use crate::http::v1::signals::{SignalEntriesRequest, SignalsRequest};
use crate::http::v1::verify::{VerifyBatchRequest, VerifyRequest};
use crate::json::{Fault, Read, read_strict};
use crate::policy::documents::read_item;
use crate::register::document::RegisterChanges;

fn described() -> Value {
    serde_json::from_str(document()).unwrap()
}

/// Every operation: its name, and what is said of it.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().values();
    paths
        .flat_map(|path| path.as_object().unwrap().values())
        .map(|operation| {
            (
                operation["operationId"].as_str().unwrap().to_owned(),
                operation,
            )
        })
        .collect()
}

/// The examples of a body, each with its schema.
fn bodies(body: &Value) -> Vec<(&Value, &Value)> {
    let contents = body["content"]
        .as_object()
        .into_iter()
        .flat_map(|contents| contents.values());
    contents
        .flat_map(|content| {
            let examples = content["examples"].as_object().into_iter().flatten();
            examples.map(|(_, example)| (&content["schema"], &example["value"]))
        })
        .collect()
}

fn answers(operation: &Value) -> Vec<(&Value, &Value)> {
    let responses = operation["responses"].as_object().unwrap().values();
    responses
        .filter(|response| response.get("$ref").is_none())
        .flat_map(bodies)
        .collect()
}

fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.as_object().unwrap().clone();
    whole.insert("components".into(), document["components"].clone());
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
    options
        .should_validate_formats(true)
        .build(&whole.into())
        .unwrap()
}

#[track_caller]
fn assert_fits(document: &Value, schema: &Value, value: &Value, of: impl Debug) {
    let faults: Vec<String> = validator(document, schema)
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{of:?}: {faults:#?}");
}

/// The routes for programs: the console's pages are for people.
fn interface() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| !route.console)
}

#[test]
fn every_route_is_described_once_and_nothing_else_is() {
    let mut routes: Vec<_> = interface().map(|route| route.operation).collect();
    let mut described: Vec<_> = operations::all().iter().map(|one| one.operation).collect();
    routes.sort_unstable();
    described.sort_unstable();
    assert_eq!(routes, described);
    assert_eq!(
        operations(&super::tests::described()).len(),
        interface().count()
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document = described();
    let mut places = vec![&document];
    let mut count = 0;
    while let Some(place) = places.pop() {
        match place {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                    count += 1;
                }
                places.extend(members.values());
            }
            Value::Array(items) => places.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(count > 100);
}

#[test]
fn the_limits_that_are_told_are_the_configured_ones() {
    let limits = HttpLimits {
        fields: 7,
        batch_items: 8,
        name_characters: 90,
        body_bytes: 2048,
        ..HttpLimits::default()
    };
    let text = document_under(&limits);
    let document: Value = serde_json::from_str(&text).unwrap();
    let told = |document: &Value, pointer: &str| {
        document
            .pointer(&format!("/components/schemas/{pointer}"))
            .unwrap_or_else(|| panic!("{pointer}"))
            .clone()
    };
    for (pointer, configured, default) in [
        ("LookupRequest/properties/fields/maxItems", 7, 64),
        ("LookupBatchRequest/properties/fields/maxItems", 7, 64),
        ("LookupBatchRequest/properties/items/maxItems", 8, 100),
        ("VerifyBatchRequest/properties/items/maxItems", 8, 100),
        ("Name/maxLength", 90, 200),
        ("Batch/properties/changes/maxItems", 500, 500),
    ] {
        assert_eq!(told(&document, pointer), configured, "{pointer}");
        assert_eq!(told(&described(), pointer), default, "{pointer}");
    }
    assert!(text.contains("The body is at most 2 KiB"));
    assert_eq!(
        super::super::limits(&HttpLimits::default()),
        Limits::default()
    );
}

#[test]
fn no_mark_of_an_example_is_left() {
    assert!(!document().contains("\"@example "));
}

#[test]
fn every_operation_has_examples() {
    let document = described();
    for (name, operation) in operations(&document) {
        if let Some(body) = operation.get("requestBody") {
            assert!(!bodies(body).is_empty(), "{name} takes a body");
        }
        let told = answers(operation).len();
        let is_told = match &*name {
            // A deletion answers nothing, and a page is no example.
            name if name.ends_with("_delete") => told == 0,
            "docs" | "docs_file" | "problems" | "problem" | "sandbox" | "openapi" => told == 0,
            // Bytes are none either, and an epoch's checkpoint looks like any other.
            "log_tile" | "log_epoch_tile" | "log_epoch_checkpoint" => told == 0,
            _ => told > 0,
        };
        assert!(is_told, "{name} has {told} answers");
    }
}

#[test]
fn every_example_of_a_request_is_read_without_a_fault() {
    fn read<T: Read>(text: &[u8]) -> Vec<Fault> {
        read_strict::<T>(text).unwrap().err().unwrap_or_default()
    }
    let item = |kind, text: &[u8]| read_item(kind, text).unwrap().err().unwrap_or_default();
    let document = described();
    for (name, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else {
            continue;
        };
        for (schema, example) in bodies(body) {
            let text = example.to_string();
            let text = text.as_bytes();
            let faults = match &*name {
                "verify" => read::<VerifyRequest>(text),
                "lookup" => read::<LookupRequest>(text),
                "prefill" => read::<PrefillRequest>(text),
                // Faults inside an item are that item's, and one of the examples has one.
                "verify_batch" => read::<VerifyBatchRequest>(text),
                "lookup_batch" => read::<LookupBatchRequest>(text),
                "register_changes" => read::<RegisterChanges>(text),
                "audit_search" => read::<SearchRequest>(text),
                "audit_subject_report" => read::<SubjectReportRequest>(text),
                "audit_statistics" => read::<StatisticsRequest>(text),
                "audit_export" => read::<ExportRequest>(text),
                "audit_signals" => read::<SignalsRequest>(text),
                "audit_signal_entries" => read::<SignalEntriesRequest>(text),
                "audit_reconciliation" => read::<ReconciliationRequest>(text),
                "admin_agency_put" => item(Kind::Agency, text),
                "admin_client_put" => item(Kind::Client, text),
                "admin_officer_put" => item(Kind::Officer, text),
                "admin_procedure_put" => item(Kind::Procedure, text),
                "admin_agreement_put" => item(Kind::Agreement, text),
                other => panic!("{other} has no reader here"),
            };
            assert_eq!(faults, [], "{name}");
            assert_fits(&document, schema, example, &name);
        }
    }
}

#[test]
fn every_answer_is_described_and_nothing_that_is_never_answered() {
    let document = described();
    let mut seen = Members::of(&document);
    for (name, operation) in operations(&document) {
        for (schema, example) in answers(operation) {
            assert_fits(&document, schema, example, &name);
            seen.describe(schema);
            seen.meet(schema, example, &name);
        }
    }
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    seen.describe(&problem);
    for code in Code::ALL {
        let example = &document["components"]["examples"][code.as_str()]["value"];
        assert_eq!(example["code"], code.as_str());
        assert_fits(&document, &problem, example, code);
        seen.meet(&problem, example, code.as_str());
    }
    let never = seen.described.difference(&seen.met).map(|label| &**label);
    let never: Vec<&str> = never.filter(|label| !label.starts_with("Quota.")).collect();
    // The age of an example would grow from year to year. Residence is the permanent one, and that
    // is not split.
    assert_eq!(never, ["Citizen.age", "ReadResidence.current.candidates"]);
}

/// The members of answers, as `Schema.member.member`: those described and those met in examples.
struct Members<'d> {
    document: &'d Value,
    described: BTreeSet<String>,
    met: BTreeSet<String>,
}

impl<'d> Members<'d> {
    fn of(document: &'d Value) -> Self {
        Self {
            document,
            described: BTreeSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// The members of an object of that schema, each with its label and its schemas.
    fn members(
        &self,
        schema: &'d Value,
        label: &str,
    ) -> BTreeMap<String, Vec<(String, &'d Value)>> {
        let (schema, label) = self.resolve(schema, label);
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            found
                .entry(name.clone())
                .or_default()
                .push((format!("{label}.{name}"), schema));
        }
        for joint in ["allOf", "oneOf"] {
            for part in schema[joint].as_array().into_iter().flatten() {
                for (name, schemas) in self.members(part, &label) {
                    found.entry(name).or_default().extend(schemas);
                }
            }
        }
        found
    }

    fn resolve(&self, schema: &'d Value, label: &str) -> (&'d Value, String) {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.rsplit('/').next().unwrap();
                (
                    self.document.pointer(&reference[1..]).unwrap(),
                    name.to_owned(),
                )
            }
            None => (schema, label.to_owned()),
        }
    }

    /// Everything that may stand in a value of that schema.
    fn describe(&mut self, schema: &Value) {
        let mut places = vec![self.own(schema)];
        while let Some((schema, label)) = places.pop() {
            for (label, schema) in self.members(schema, &label).into_values().flatten() {
                if self.described.insert(label.clone()) {
                    places.push((schema, label));
                }
            }
            let (schema, label) = self.resolve(schema, &label);
            for below in ["items", "additionalProperties"] {
                if schema[below].is_object() {
                    places.push((&schema[below], label.clone()));
                }
            }
            for part in schema["oneOf"].as_array().into_iter().flatten() {
                places.push((part, label.clone()));
            }
        }
    }

    /// Everything that stands in the value, which must be described.
    fn meet(&mut self, schema: &Value, value: &Value, of: &str) {
        let (schema, label) = self.own(schema);
        self.meet_at(schema, label, value, of);
    }

    fn meet_at(&mut self, schema: &'d Value, label: String, value: &Value, of: &str) {
        let (resolved, label) = self.resolve(schema, &label);
        match value {
            Value::Array(items) => {
                for item in items {
                    self.meet_at(&resolved["items"], label.clone(), item, of);
                }
            }
            Value::Object(members) => {
                let described = self.members(schema, &label);
                for (name, value) in members {
                    match described.get(name) {
                        Some(schemas) => {
                            for (label, schema) in schemas {
                                self.met.insert(label.clone());
                                self.meet_at(schema, label.clone(), value, of);
                            }
                        }
                        None => {
                            let alike = &resolved["additionalProperties"];
                            assert!(alike.is_object(), "{of}: {label}.{name} is not described");
                            self.meet_at(alike, label.clone(), value, of);
                        }
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The schema behind that reference, as the document holds it, and its name.
    fn own(&self, schema: &Value) -> (&'d Value, String) {
        let reference = schema["$ref"]
            .as_str()
            .unwrap_or("#/components/schemas/Unnamed");
        let name = reference.rsplit('/').next().unwrap().to_owned();
        (
            self.document
                .pointer(&reference[1..])
                .unwrap_or(&Value::Null),
            name,
        )
    }
}

#[test]
fn every_problem_is_answered_by_some_operation_but_those_of_no_operation() {
    let answered: BTreeSet<_> = interface()
        .flat_map(|route| {
            let all = operations::all();
            let one = all
                .into_iter()
                .find(|one| one.operation == route.operation)
                .unwrap();
            one.codes(route)
        })
        .map(Code::as_str)
        .collect();
    let never = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !answered.contains(code));
    assert_eq!(
        never.collect::<Vec<_>>(),
        ["client_address_refused", "method_not_allowed"]
    );
}
