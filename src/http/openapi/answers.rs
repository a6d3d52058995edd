//! The schemas of what is answered. The tests hold them against real answers, both ways: no member
//! of an answer is undescribed, and no described member is in no example.

use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::citizen;
use crate::domain::auditing::{SignalActor, SignalKind};
use crate::domain::citizen::StatusKind;
use crate::domain::country::Country;
use crate::domain::entry;
use crate::domain::name::NameMatch;
use crate::domain::number::PersonalId;
use crate::domain::policy::{
    self, AgreedOperation, Claimable, FieldName, FieldPath, Kind, OfficerRule, ScopeName,
};
use crate::json::schema::{self, Book, Property, SchemaRef, nullable};
use crate::json::{Read, Text};
use crate::policy::documents;

type Schema = fn(&mut Book) -> SchemaRef;

/// A member that is always there.
pub(super) const fn always(
    name: &'static str,
    description: &'static str,
    schema: Schema,
) -> Property {
    Property {
        name,
        required: true,
        description,
        schema,
    }
}

/// A member that is left out where there is nothing to say.
pub(super) const fn maybe(
    name: &'static str,
    description: &'static str,
    schema: Schema,
) -> Property {
    Property {
        name,
        required: false,
        description,
        schema,
    }
}

/// Any text.
pub(super) fn text(_: &mut Book) -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .build()
        .into()
}

fn of_format(format: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(
        utoipa::openapi::SchemaFormat::Custom(format.to_owned()),
    ))
}

/// A UUID.
pub(super) fn uuid(_: &mut Book) -> SchemaRef {
    of_format("uuid").build().into()
}

/// A time in UTC (RFC 3339).
pub(super) fn time(_: &mut Book) -> SchemaRef {
    of_format("date-time").build().into()
}

/// Bytes in base64 (RFC 4648 section 4).
fn base64(_: &mut Book) -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .content_encoding("base64")
        .build()
        .into()
}

fn day(_: &mut Book) -> SchemaRef {
    of_format("date").build().into()
}

fn number(_: &mut Book) -> SchemaRef {
    schema::integer(0, (1 << 53) - 1)
}

fn null(_: &mut Book) -> SchemaRef {
    schema::null()
}

fn truth(_: &mut Book) -> SchemaRef {
    schema::truth()
}

fn texts(book: &mut Book) -> SchemaRef {
    schema::answered_list(text(book))
}

fn result(_: &mut Book) -> SchemaRef {
    schema::words(&["match", "no_match"])
}

const RESULT: Property = always(
    "result",
    "`match` where everything claimed holds; `no_match` where it does not, or where the register \
     has no such person: the two are never told apart.",
    result,
);
const NAME_MATCH: Property = maybe(
    "name_match",
    "With a match of a claimed name, the level at which it matched: the same text (`exact`), the \
     same but for case, white space, apostrophes, hyphens and the place of the tone mark \
     (`canonical`), or the same without any diacritics (`folded`, only where the agreement allows \
     it).",
    |_| schema::words(&["exact", "canonical", "folded"]),
);
const BIRTH_DATE_MATCH: Property = maybe(
    "birth_date_match",
    "With a match of a claimed birth date: `partial` where the record is coarser than the claim.",
    |_| schema::words(&["full", "partial"]),
);
const STATUS: Property = maybe(
    "status",
    "With a match, where the person is not simply active, whether or not it was asked for.",
    status,
);
const DATA_AS_OF: Property = maybe(
    "data_as_of",
    "With a match, the time up to which the record is known to be current.",
    time,
);
const AUDIT_ID: Property = always(
    "audit_id",
    "The answer's entry in the audit log, durable before the answer was sent.",
    uuid,
);

fn status(book: &mut Book) -> SchemaRef {
    book.answer(
        "LifeStatus",
        "The life status of someone who is not simply active.",
        &[
            always("kind", "What it is.", |_| {
                let told = StatusKind::WORDS.iter().copied();
                let told = told.filter(|word| !matches!(*word, "active" | "erroneous"));
                schema::words(&told.collect::<Vec<_>>())
            }),
            maybe(
                "since",
                "To callers who may read `death_or_missing`.",
                citizen::date,
            ),
            maybe(
                "superseded_by",
                "The number that replaced a cancelled one, to callers who may read `personal_id`.",
                PersonalId::schema,
            ),
        ],
    )
}

/// The answer to a verification.
pub(super) fn verify(book: &mut Book) -> SchemaRef {
    let members = [
        RESULT,
        NAME_MATCH,
        BIRTH_DATE_MATCH,
        maybe(
            "claims",
            "How each claim compared, by its name, to callers with `verify.explain`; never a \
             stored value. `partial`: a date that agrees at the coarser precision. Of an unknown \
             number every claim is a `mismatch`.",
            |_| {
                let outcome = schema::words(&["match", "partial", "mismatch", "not_recorded"]);
                schema::answered_map(outcome)
            },
        ),
        STATUS,
        DATA_AS_OF,
        AUDIT_ID,
    ];
    book.answer("VerifyAnswer", "The answer to a verification.", &members)
}

/// The answer to a lookup.
pub(super) fn lookup(book: &mut Book) -> SchemaRef {
    let members = [
        RESULT,
        maybe(
            "citizen",
            "The fields that were asked for and may be read. One without a value is left out. \
             Absent without a match and where nothing changed; empty for a cancelled number.",
            citizen::schema,
        ),
        maybe(
            "unchanged",
            "True where `known_version` is still the newest: no field is sent.",
            truth,
        ),
        NAME_MATCH,
        BIRTH_DATE_MATCH,
        STATUS,
        maybe(
            "withheld",
            "The fields that were asked for and not answered, with `on_forbidden: withhold` or of \
             a person under address protection.",
            |book| {
                let item = withheld(book);
                schema::answered_list(item)
            },
        ),
        maybe(
            "warnings",
            "Where number and record disagree, which is lawful: a corrected citizen may keep the \
             old number. To callers who may read the fields concerned.",
            |_| {
                schema::answered_list(schema::words(&[
                    "number_birth_year_differs",
                    "number_sex_differs",
                    "number_prefix_unassigned",
                    "birth_year_in_future",
                ]))
            },
        ),
        maybe(
            "version",
            "With a match. Opaque; changes when a disclosed field does, and only then. Send it as \
             `known_version` with the same fields next time.",
            Text::<64>::schema,
        ),
        DATA_AS_OF,
        AUDIT_ID,
    ];
    book.answer("LookupAnswer", "The answer to a lookup.", &members)
}

fn withheld(book: &mut Book) -> SchemaRef {
    let members = [
        always("field", "The path, as it was asked for.", FieldPath::schema),
        always(
            "reason",
            "A scope is missing, the agreement does not cover it, or the person is under address \
             protection.",
            |_| schema::words(&["scope", "agreement", "protected"]),
        ),
    ];
    book.answer(
        "WithheldField",
        "A field that was asked for and not answered.",
        &members,
    )
}

/// The answer to a prefill.
pub(super) fn prefill(book: &mut Book) -> SchemaRef {
    let members = [
        RESULT,
        maybe("form_code", "With a match, the procedure's form.", text),
        maybe(
            "values",
            "With a match, the boxes that could be filled, by name.",
            |book| {
                let value = text(book);
                schema::answered_map(value)
            },
        ),
        maybe(
            "missing",
            "With a match, the boxes that could not be filled.",
            |book| {
                let item = missing(book);
                schema::answered_list(item)
            },
        ),
        maybe(
            "papers_replaced",
            "With a match, the papers the citizen need not bring: each of their fields was \
             disclosed, or confirmed by subject or claims, in this answer.",
            |book| {
                let item = paper(book);
                schema::answered_list(item)
            },
        ),
        NAME_MATCH,
        BIRTH_DATE_MATCH,
        STATUS,
        DATA_AS_OF,
        AUDIT_ID,
    ];
    book.answer("PrefillAnswer", "The answer to a prefill.", &members)
}

fn missing(book: &mut Book) -> SchemaRef {
    let members = [
        always("box", "The box's name.", policy::Code::schema),
        always("field", "The field that would fill it.", FieldPath::schema),
        always("reason", "Why it is empty.", |_| {
            schema::words(&["not_recorded", "scope", "agreement", "protected"])
        }),
    ];
    book.answer("MissingBox", "A box that stays empty.", &members)
}

fn paper(book: &mut Book) -> SchemaRef {
    let members = [
        always("code", "Its code.", policy::Code::schema),
        always("name", "Its name.", text),
    ];
    book.answer(
        "ReplacedPaper",
        "A paper the citizen need not bring.",
        &members,
    )
}

/// The answer to a batch whose items are answered like that.
pub(super) fn batch(book: &mut Book, name: &'static str, item: Schema) -> SchemaRef {
    book.enter(name, |book| {
        let named = always("ref", "The item's name in the request.", Text::<64>::schema);
        // Both have names of their own, for generated clients have a type for each.
        let answered = book.enter(&name.replace("BatchAnswer", "AnsweredItem"), |book| {
            let (named, item) = (schema::open_object(book, &[named]), item(book));
            schema::described(schema::all_of([named, item]), "The answer about one item.")
        });
        let failed = [
            named,
            always(
                "problem",
                "Why this item has no answer. The others have theirs.",
                super::problems::schema,
            ),
        ];
        let failed = book.answer("RefusedItem", "An item without an answer.", &failed);
        let result = book.enter(&format!("{name}Item"), |_| {
            let either = schema::one_of([answered, failed]);
            schema::described(either, "One item's result: an answer, or a problem.")
        });
        let results = schema::answered_list(result);
        let results = schema::described(results, "One an item, in the order of the request.");
        ObjectBuilder::new()
            .property("results", results)
            .required("results")
            .build()
            .into()
    })
}

/// What a client may ask.
pub(super) fn me(book: &mut Book) -> SchemaRef {
    let members = [
        always("client_id", "The client.", policy::Code::schema),
        always("agency_code", "Its agency.", policy::Code::schema),
        always(
            "scopes",
            "The token's scopes as far as the client has them too.",
            |book| {
                let scope = ScopeName::schema(book);
                schema::answered_list(scope)
            },
        ),
        always(
            "agreements",
            "The client's agreements, by procedure and first day, whether in force today or not.",
            |book| {
                let item = agreement_of_mine(book);
                schema::answered_list(item)
            },
        ),
    ];
    book.answer("Me", "What a client may ask.", &members)
}

/// What the service tells OAuth clients of itself.
pub(super) fn protected_resource(book: &mut Book) -> SchemaRef {
    let members = [
        always("resource", "The service's identifier: its address.", text),
        maybe(
            "authorization_servers",
            "The issuers whose tokens are taken, as tokens have them in `iss`.",
            texts,
        ),
        always("scopes_supported", "Every scope the service knows.", texts),
        always(
            "bearer_methods_supported",
            "How a token is sent: in the header `Authorization` only.",
            |_| schema::answered_list(schema::words(&["header"])),
        ),
        always("resource_name", "What people call it.", text),
        maybe("resource_documentation", "A page for developers.", text),
    ];
    let about = "Metadata of a protected resource (RFC 9728).";
    book.answer("ProtectedResource", about, &members)
}

fn agreement_of_mine(book: &mut Book) -> SchemaRef {
    let members = [
        always("id", "Its identifier.", policy::Code::schema),
        always("procedure_code", "The procedure.", policy::Code::schema),
        always("operations", "What may be asked.", |book| {
            let operation = AgreedOperation::schema(book);
            schema::answered_list(operation)
        }),
        always(
            "read_fields",
            "What may be read, by agreement and by scopes.",
            |book| {
                let path = FieldPath::schema(book);
                schema::answered_list(path)
            },
        ),
        always(
            "claim_fields",
            "What may be claimed, as the agreement lists it.",
            |book| {
                let name = FieldName::<Claimable>::schema(book);
                schema::answered_list(name)
            },
        ),
        always("valid_from", "The first day in force, in Vietnam.", day),
        always(
            "valid_to",
            "The last day in force; null is without end.",
            |book| nullable(day(book)),
        ),
        always(
            "officer",
            "Whether an officer must be named.",
            OfficerRule::schema,
        ),
        always(
            "name_match",
            "At which level names match.",
            NameMatch::schema,
        ),
        always("quota", "Reserved: null.", null),
        always("remaining", "Reserved: null.", null),
    ];
    book.answer(
        "AgreementOfMine",
        "An agreement, as its client sees it.",
        &members,
    )
}

/// What became of changes of the register.
pub(super) fn applied(book: &mut Book) -> SchemaRef {
    let members = [
        always("applied", "How many are in force.", number),
        always(
            "ignored",
            "Those that changed nothing. A feed may be replayed.",
            |book| {
                let item = ignored(book);
                schema::answered_list(item)
            },
        ),
    ];
    book.answer("Applied", "What became of a batch of changes.", &members)
}

fn ignored(book: &mut Book) -> SchemaRef {
    let members = [
        always("index", "Its place in the batch, from 0.", number),
        always("reason", "Why it changed nothing.", |_| {
            schema::words(&["older_revision", "same_revision", "unknown_citizen"])
        }),
    ];
    book.answer("IgnoredChange", "A change that changed nothing.", &members)
}

/// A page of administered objects.
pub(super) fn page(book: &mut Book, kind: Kind, name: &'static str) -> SchemaRef {
    book.enter(name, |book| {
        let items = schema::answered_list(documents::schema(kind, book));
        let items = schema::described(items, "The objects, by identifier.");
        let cursor = nullable(policy::Code::schema(book));
        let cursor = schema::described(cursor, "Where the next page begins; null on the last one.");
        ObjectBuilder::new()
            .property("items", items)
            .required("items")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .build()
            .into()
    })
}

/// An entry of the log, as an auditor sees it.
pub(super) fn entry(book: &mut Book) -> SchemaRef {
    const fn or_null(name: &'static str, description: &'static str) -> Property {
        always(name, description, |book| nullable(text(book)))
    }
    let members = [
        AUDIT_ID,
        always(
            "index",
            "Its place in the transparency log; null before a published checkpoint covers it.",
            |book| nullable(number(book)),
        ),
        always("at", "When the decision was recorded.", time),
        or_null("agency_code", "The agency that asked."),
        or_null("client_id", "Its system."),
        or_null("token_id", "The token's `jti`."),
        or_null(
            "token_sub",
            "The token's `sub`; null where it names somebody (the officer, or a person by their number), \
             unless revealed.",
        ),
        or_null(
            "officer",
            "The officer's pseudonym, the same within a month.",
        ),
        or_null(
            "procedure_code",
            "The procedure; null where nobody registered its code, unless revealed.",
        ),
        or_null("case_id", "The case's pseudonym, the same within a month."),
        always("operation", "What was asked for.", |_| {
            let words: Vec<_> = entry::Operation::ALL
                .iter()
                .map(|one| one.as_str())
                .collect();
            schema::words(&words)
        }),
        always(
            "claims",
            "The names of what was claimed; never a value.",
            texts,
        ),
        always("fields", "The paths of fields; never a value.", fields),
        always(
            "papers_replaced",
            "The codes of the papers the answer replaced.",
            texts,
        ),
        or_null(
            "subject",
            "The person's pseudonym, the same within a month.",
        ),
        or_null("address", "The address the request came from."),
        always("decision", "How it ended.", |_| {
            schema::words(&["match", "no_match", "refused", "failed", "done"])
        }),
        or_null(
            "reason",
            "Why it was refused or failed, as the code of the problem.",
        ),
        or_null("name_match", "The level at which the name matched."),
        always(
            "revision",
            "The revision that was disclosed or written.",
            |book| nullable(number(book)),
        ),
        always(
            "revealed",
            "Whether an auditor saw people, officers and cases in the clear by it.",
            truth,
        ),
        or_null(
            "purpose",
            "The reason an auditor gave; null unless revealed.",
        ),
        or_null(
            "target",
            "What was administered, by its id, or what an auditor read: an entry's or a signal's id, or \
             conditions as a JSON object; null unless revealed.",
        ),
    ];
    book.answer(
        "AuditEntry",
        "An entry of the audit log. It holds no values.",
        &members,
    )
}

/// A page of entries.
pub(super) fn search(book: &mut Book) -> SchemaRef {
    let members = [
        always("entries", "The entries.", |book| {
            let entry = entry(book);
            schema::answered_list(entry)
        }),
        always(
            "next_cursor",
            "Where the next page begins; null: there is none.",
            |book| nullable(text(book)),
        ),
        COMPLETE_TO_INDEX,
        READING,
    ];
    book.answer("AuditPage", "A page of entries of the log.", &members)
}

const COMPLETE_TO_INDEX: Property = always(
    "complete_to_index",
    "Entries up to this place in the transparency log can be found by now; null: none can.",
    |book| nullable(number(book)),
);
const READING: Property = always("audit_id", "The entry of this reading.", uuid);

/// Numbers by group.
pub(super) fn statistics(book: &mut Book) -> SchemaRef {
    let members = [
        always(
            "rows",
            "A row a group, the one with the most requests first.",
            |book| {
                let row = statistics_row(book);
                schema::answered_list(row)
            },
        ),
        always(
            "truncated",
            "Whether there are more groups than these 10,000.",
            truth,
        ),
        READING,
    ];
    book.answer("AuditStatistics", "Numbers by group.", &members)
}

fn statistics_row(book: &mut Book) -> SchemaRef {
    let members = [
        maybe("agency", "The agency that asked.", text),
        maybe("client", "Its system.", text),
        maybe("procedure", "The procedure.", text),
        maybe(
            "officer",
            "The officer: a pseudonym, the same within a month, unless revealed. Over several months an \
             officer has a row for each, and one row where revealed.",
            text,
        ),
        maybe("day", "The day in Vietnam.", day),
        maybe("operation", "What was asked for.", text),
        maybe("decision", "How it ended.", text),
        always("requests", "How many entries.", number),
        always(
            "people",
            "How many people; who occurs in several months counts in each, as does who occurs before and \
             after a rotation of a month's keys.",
            number,
        ),
        always(
            "fields_disclosed",
            "How many fields were disclosed.",
            number,
        ),
        always(
            "papers_replaced",
            "How many papers were made unnecessary.",
            number,
        ),
        maybe(
            "signals",
            "How many signals the group itself has whose hour or day touches the time: those of its \
             agency, its client (where no other had part in it), its officer, that day. Left out where \
             procedure, operation or decision are told apart, or anything but time, agency and client \
             is a condition, for signals have none of these.",
            number,
        ),
    ];
    book.answer(
        "AuditStatisticsRow",
        "One group's numbers. What is not grouped by, or none had, is left out.",
        &members,
    )
}

/// A page of signals.
pub(super) fn signals(book: &mut Book) -> SchemaRef {
    let members = [
        always("signals", "The signals, the newest first.", |book| {
            let signal = signal(book);
            schema::answered_list(signal)
        }),
        always(
            "next_cursor",
            "Where the next page begins; null: there is none.",
            |book| nullable(text(book)),
        ),
        always(
            "complete_to_index",
            "Entries up to this place in the transparency log were looked at; null: none were.",
            |book| nullable(number(book)),
        ),
        READING,
    ];
    book.answer("AuditSignals", "A page of signals.", &members)
}

fn signal(book: &mut Book) -> SchemaRef {
    const fn or_null(name: &'static str, description: &'static str) -> Property {
        always(name, description, |book| nullable(text(book)))
    }
    let members = [
        always("id", "Which it is; later ones have larger numbers.", number),
        always("kind", "What was noticed.", SignalKind::schema),
        always("from", "Beginning of the hour or of Vietnam's day.", time),
        always("to", "Its end.", time),
        always("actor", "Whose behaviour it is.", SignalActor::schema),
        or_null("agency_code", "The agency; null for several."),
        or_null("client_id", "Its system; null for several."),
        or_null(
            "officer",
            "The officer whose behaviour it is: a pseudonym, the same within a month, unless revealed.",
        ),
        or_null(
            "subject",
            "The person it is about: a pseudonym, the same within a month, unless revealed.",
        ),
        always(
            "value",
            "What was measured: people (`distinct_people`), percent (`no_match_ratio`), numbers in a \
             row (`sequential_numbers`), officers (`many_officers`), else questions.",
            number,
        ),
        always("threshold", "From what on it is a signal.", number),
        always("entries", "How many entries are behind it.", number),
        always(
            "first_index",
            "Place of the first of them in the transparency log.",
            number,
        ),
        always("last_index", "Place of the last of them.", number),
        always("raised_at", "When it was raised.", time),
        always("grown_at", "When it last grew.", time),
    ];
    book.answer(
        "AuditSignal",
        "Behaviour that somebody should look at. Nothing was blocked by it.",
        &members,
    )
}

/// A client's day.
pub(super) fn reconciliation(book: &mut Book) -> SchemaRef {
    let members = [
        always("entries", "How many entries there are.", number),
        always(
            "digest",
            "SHA-256 in hexadecimal over their ids in ascending order, each with hyphens in lower \
             case and followed by a line feed.",
            text,
        ),
        always(
            "complete",
            "Whether these are all there will be: the day is over, and all of it can be found. Otherwise \
             ask again later; of a day that was dropped they never are.",
            truth,
        ),
        COMPLETE_TO_INDEX,
        READING,
    ];
    book.answer(
        "AuditReconciliation",
        "A client's day, to be compared.",
        &members,
    )
}

/// That an entry is in the transparency log.
pub(super) fn proof(book: &mut Book) -> SchemaRef {
    let members = [
        always("audit_id", "The entry.", uuid),
        always(
            "entry",
            "Its canonical bytes. The leaf is the SHA-256 of a zero byte and these.",
            base64,
        ),
        always("index", "Which leaf it is, from 0.", number),
        always(
            "inclusion_proof",
            "The hashes from the leaf up to the root (RFC 6962 section 2.1.1).",
            |book| {
                let hash = base64(book);
                schema::answered_list(hash)
            },
        ),
        always(
            "checkpoint",
            "The newest published checkpoint of the entry's epoch: a signed note (C2SP \
             tlog-checkpoint), with cosignatures.",
            text,
        ),
    ];
    book.answer(
        "InclusionProof",
        "That an entry is in the transparency log.",
        &members,
    )
}

fn fields(book: &mut Book) -> SchemaRef {
    let members = [
        always("asked", "Asked for.", texts),
        always("disclosed", "Disclosed.", texts),
        always("withheld", "Withheld.", texts),
    ];
    book.answer(
        "EntryFields",
        "The fields of a lookup or prefill.",
        &members,
    )
}

/// One of the countries.
pub(super) fn country(book: &mut Book) -> SchemaRef {
    Country::schema(book)
}
