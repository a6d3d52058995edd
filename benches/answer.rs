//! What does an answer cost, once it is decided: a form to be filled, JSON to be written?

#[path = "sample/answers.rs"]
mod answers;
#[path = "sample/person.rs"]
mod person;

use std::hint::black_box;

use answers::{looked_up, verified};
use criterion::{Criterion, criterion_group, criterion_main};
use dancu::domain::field::{Field, fields_mask};
use dancu::domain::form;
use dancu::policy::catalogue;
use dancu::service::answer::{
    Answer as _, BoxValues, PrefillAnswer, ReplacedPaper, ResultWord, VerifyAnswer,
};
use person::{Person, TODAY, three_fields};
use uuid::Uuid;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn answer(c: &mut Criterion) {
    let record = Person::plain().record();
    let mut group = c.benchmark_group("answer");
    let verified = verified();
    let no_match = VerifyAnswer {
        result: ResultWord::NoMatch,
        name_match: None,
        birth_date_match: None,
        data_as_of: None,
        ..verified.clone()
    };
    for (what, answer) in [("match", verified), ("no match", no_match)] {
        group.bench_function(format!("verify/{what}"), |b| {
            b.iter(|| black_box(&answer).to_json());
        });
    }
    for (what, mask) in [
        ("three fields", three_fields()),
        ("all fields", fields_mask(Field::ALL)),
    ] {
        let answer = looked_up(&record, &mask);
        group.bench_function(format!("lookup/{what}"), |b| {
            b.iter(|| black_box(&answer).to_json());
        });
    }

    let procedure = catalogue::shipped().into_iter().next();
    let procedure = procedure.expect("there are procedures");
    let form = procedure.form.expect("the first has a form");
    let fill = || -> Vec<_> {
        let boxes = form.boxes.iter();
        boxes
            .map(|one| (one, form::fill(one, black_box(&record), false, TODAY)))
            .collect()
    };
    group.bench_function("prefill/the boxes of a form", |b| b.iter(fill));
    let values = fill()
        .into_iter()
        .filter_map(|(one, value)| Some((one.name.as_str().to_owned(), value?)));
    let papers = procedure.papers.iter().map(|paper| ReplacedPaper {
        code: paper.code.as_str().to_owned(),
        name: paper.name.as_str().to_owned(),
    });
    let answer = PrefillAnswer {
        result: ResultWord::Match,
        form_code: Some(form.code.as_str().to_owned()),
        values: Some(BoxValues(values.collect())),
        missing: Some(Vec::new()),
        papers_replaced: Some(papers.collect()),
        name_match: Some("canonical"),
        birth_date_match: Some("full"),
        status: None,
        data_as_of: None,
        audit_id: Uuid::nil(),
    };
    group.bench_function("prefill/written", |b| {
        b.iter(|| black_box(&answer).to_json());
    });
    group.finish();
}

criterion_group!(benches, answer);
criterion_main!(benches);
