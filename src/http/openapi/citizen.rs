//! The citizen as callers read it back, from the tree of fields: every path there is, described.

use utoipa::openapi::schema::ObjectBuilder;

use super::answers::{country, text};
use crate::domain::citizen::{BloodType, MaritalStatus};
use crate::domain::field::{Field, FieldGroup, Shape};
use crate::domain::name::Name;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::reference::{CommuneCode, DistrictCode, ProvinceCode};
use crate::domain::sex::Sex;
use crate::json::Read;
use crate::json::schema::{self, Book, SchemaRef, described};

/// The whole citizen. No member is required: a caller sees what was asked for, may be read and is
/// recorded.
pub(super) fn schema(book: &mut Book) -> SchemaRef {
    book.enter("Citizen", |book| {
        let description = "A citizen, cut to what was asked for and may be read. A field without a \
                           value is left out, so no member is ever null.";
        let object = ObjectBuilder::new().description(Some(description));
        let object = Field::ALL.iter().fold(object, |object, &field| {
            let schema = described(value(book, field), &about(field));
            object.property(field.name(), schema)
        });
        object.build().into()
    })
}

/// A date with its precision.
pub(super) fn date(book: &mut Book) -> SchemaRef {
    tree(
        book,
        "ReadDate",
        "A date known to the day, the month or the year.",
        Shape::Date.leaves(),
    )
}

/// What the field is, and under which scopes it is read.
fn about(field: Field) -> String {
    let scope = match FieldGroup::ALL
        .iter()
        .find(|set| set.fields().contains(&field))
    {
        Some(set) => format!("`fields:{}` or `field:{}`", set.name(), field.name()),
        None => format!("`field:{}` (sensitive, in no set)", field.name()),
    };
    format!("{} Scope {scope}.", meaning(field))
}

const fn meaning(field: Field) -> &'static str {
    match field {
        Field::PersonalId => "Số định danh cá nhân: the personal identification number.",
        Field::OldIdNumbers => "Số CMND: nine-digit numbers of earlier cards.",
        Field::FullName => "Họ, chữ đệm và tên khai sinh: the whole name.",
        Field::FamilyName => "Họ: the family name, where the register holds it apart.",
        Field::MiddleName => "Chữ đệm: the middle name, where the register holds it apart.",
        Field::GivenName => "Tên: the given name, where the register holds it apart.",
        Field::OtherName => "Tên gọi khác: another name the person goes by.",
        Field::BirthDate => "Ngày, tháng, năm sinh: the birth date.",
        Field::Sex => "Giới tính: sex as registered.",
        Field::Nationality => "Quốc tịch: nationality.",
        Field::Ethnicity => "Dân tộc: ethnic group, always with the list its code is of.",
        Field::Religion => "Tôn giáo: religion.",
        Field::BloodType => "Nhóm máu: blood type.",
        Field::PlaceOfBirth => "Nơi sinh: place of birth.",
        Field::BirthRegistrationPlace => "Nơi đăng ký khai sinh: where the birth was registered.",
        Field::PlaceOfOrigin => "Quê quán: place of origin.",
        Field::PermanentResidence => "Nơi thường trú: permanent residence.",
        Field::TemporaryResidence => "Nơi tạm trú: temporary residence.",
        Field::CurrentResidence => "Nơi ở hiện tại: current residence.",
        Field::AbsenceDeclaration => "Khai báo tạm vắng: a declared absence.",
        Field::ResidenceFileNumber => "Số hồ sơ cư trú: number of the residence file.",
        Field::Card => "Thẻ căn cước: the identity card that was issued.",
        Field::MaritalStatus => "Tình trạng hôn nhân: marital status.",
        Field::DeathOrMissing => "Ngày chết hoặc mất tích: that a person died or is missing.",
        Field::Father => "Cha: father.",
        Field::Mother => "Mẹ: mother.",
        Field::Spouse => "Vợ hoặc chồng: spouse.",
        Field::Children => "Con: children.",
        Field::LegalRepresentative => "Người đại diện hợp pháp: legal representative.",
        Field::RepresentedPersons => "Người được đại diện: the people this person represents.",
        Field::RelationToHead => "Quan hệ với chủ hộ: relation to the head of the household.",
        Field::HouseholdHead => "Chủ hộ: head of the household.",
        Field::HouseholdMembers => "Thành viên hộ: members of the household.",
        Field::MobileNumber => "Số thuê bao: mobile telephone number.",
        Field::Email => "Thư điện tử: e-mail address.",
        Field::Residence => {
            "Derived: the first recorded of permanent, temporary and current residence."
        }
        Field::AddressLine => "Derived: `residence` as one printable line.",
        Field::Age => {
            "Derived: age in completed years, as of today in Vietnam; absent when undecidable or \
             the person has died."
        }
        Field::IsAdult => "Derived: whether the person is 18 or older; absent like `age`.",
    }
}

fn value(book: &mut Book, field: Field) -> SchemaRef {
    let shape = field.shape();
    match shape {
        Shape::Plain => plain(book, field),
        Shape::Date => date(book),
        Shape::Coded => tree(
            book,
            "ReadCode",
            "A value of a code list, with its list.",
            shape.leaves(),
        ),
        Shape::Address => tree(
            book,
            "ReadAddress",
            "An address, as it was recorded and as its place is today. Since 1 July 2025 there are \
             34 provinces and no districts.",
            shape.leaves(),
        ),
        Shape::Residence => tree(
            book,
            "ReadResidence",
            "An address with the residence it was taken from.",
            shape.leaves(),
        ),
        Shape::Card => tree(book, "ReadCard", "An identity card.", shape.leaves()),
        Shape::Period => tree(book, "ReadPeriod", "A time of absence.", shape.leaves()),
        Shape::LifeEvent => tree(
            book,
            "ReadLifeEvent",
            "A death, or that somebody is missing.",
            shape.leaves(),
        ),
        Shape::Person => person(book),
        Shape::People => {
            let person = person(book);
            schema::answered_list(person)
        }
        Shape::Members => {
            let description = "A member of a household. Any part of it may be recorded.";
            let member = tree(book, "ReadMember", description, shape.leaves());
            schema::answered_list(member)
        }
    }
}

fn person(book: &mut Book) -> SchemaRef {
    let description = "Another person as the record names them. Any part of it may be recorded.";
    tree(book, "ReadPerson", description, Shape::Person.leaves())
}

fn plain(book: &mut Book, field: Field) -> SchemaRef {
    match field {
        Field::PersonalId => PersonalId::schema(book),
        Field::OldIdNumbers => {
            let number = OldIdNumber::schema(book);
            schema::answered_list(number)
        }
        Field::FullName
        | Field::FamilyName
        | Field::MiddleName
        | Field::GivenName
        | Field::OtherName => Name::schema(book),
        Field::Sex => Sex::schema(book),
        Field::Nationality => country(book),
        Field::BloodType => BloodType::schema(book),
        Field::MaritalStatus => MaritalStatus::schema(book),
        Field::Age => schema::integer(0, 200),
        Field::IsAdult => schema::truth(),
        Field::ResidenceFileNumber
        | Field::RelationToHead
        | Field::MobileNumber
        | Field::Email
        | Field::AddressLine => text(book),
        Field::BirthDate
        | Field::Ethnicity
        | Field::Religion
        | Field::PlaceOfBirth
        | Field::BirthRegistrationPlace
        | Field::PlaceOfOrigin
        | Field::PermanentResidence
        | Field::TemporaryResidence
        | Field::CurrentResidence
        | Field::AbsenceDeclaration
        | Field::Card
        | Field::DeathOrMissing
        | Field::Father
        | Field::Mother
        | Field::Spouse
        | Field::Children
        | Field::LegalRepresentative
        | Field::RepresentedPersons
        | Field::HouseholdHead
        | Field::HouseholdMembers
        | Field::Residence => unreachable!("a field with members is not plain"),
    }
}

/// An object of the leaves below it, whose members are again objects where paths go deeper.
fn tree(book: &mut Book, name: &str, description: &str, leaves: &[&'static str]) -> SchemaRef {
    book.enter(name, |book| {
        let object = branch(book, leaves);
        described(object.build().into(), description)
    })
}

fn branch(book: &mut Book, leaves: &[&'static str]) -> ObjectBuilder {
    let mut object = ObjectBuilder::new();
    let mut rest = leaves;
    while let [first, ..] = rest {
        let name = first.split_once('.').map_or(*first, |(name, _)| name);
        let of_name = |leaf: &&&str| {
            leaf.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let count = rest.iter().take_while(of_name).count();
        let (below, after) = rest.split_at(count);
        let schema = match below {
            [leaf] if *leaf == name => leaf_value(book, name),
            // Every date is the same object, wherever it stands.
            _ if below
                .iter()
                .all(|leaf| leaf.ends_with(".value") || leaf.ends_with(".precision")) =>
            {
                date(book)
            }
            _ => {
                let deeper = below
                    .iter()
                    .map(|leaf| &leaf[name.len() + 1..])
                    .collect::<Vec<_>>();
                branch(book, &deeper).build().into()
            }
        };
        object = object.property(name, described(schema, leaf_meaning(name)));
        rest = after;
    }
    object
}

fn leaf_value(book: &mut Book, name: &str) -> SchemaRef {
    match name {
        "precision" => schema::words(&["year", "month", "day"]),
        "province_code" => ProvinceCode::schema(book),
        "district_code" => DistrictCode::schema(book),
        "commune_code" => CommuneCode::schema(book),
        "country" | "nationality" => country(book),
        "status" => schema::words(&["mapped", "ambiguous", "unmapped"]),
        "basis" => schema::words(&["permanent", "temporary", "current"]),
        "candidates" => {
            let leaves = &[
                "province_code",
                "province_name",
                "commune_code",
                "commune_name",
            ];
            let candidate = tree(book, "Candidate", "A commune that may be meant.", leaves);
            schema::answered_list(candidate)
        }
        "full_name" => Name::schema(book),
        "personal_id" => PersonalId::schema(book),
        "old_id_number" => OldIdNumber::schema(book),
        _ => text(book),
    }
}

/// What a leaf is, where its name alone does not say it.
fn leaf_meaning(name: &str) -> &'static str {
    match name {
        "value" => "ISO 8601, as far as it is known: `1995-03-02`, `1995-03` or `1995`.",
        "precision" => "How much of it is known.",
        "code" => "The code, leading zeros included.",
        "scheme" => "The list the code is of: for ethnic groups `1979` or `2008`.",
        "name" => "The name in that list.",
        "as_recorded" => "As it was recorded, with the names of that day.",
        "current" => "Where that place is today.",
        "status" => {
            "Whether the recorded commune is known today: one commune (`mapped`), one of several \
             (`ambiguous`: it was split), or unknown (`unmapped`)."
        }
        "candidates" => "Where it is ambiguous, the communes it may be.",
        "address_line" => {
            "The address as one printable line: in today's names where `current.status` is `mapped`, else as \
             it was recorded; abroad the detail and the country's code."
        }
        "detail" => "House, street, hamlet.",
        "recorded_on" => "When it was recorded, which says what its codes mean.",
        "district_code" => "Only of addresses from before July 2025.",
        "basis" => "The residence it was taken from.",
        "relation" => "To the head of the household, in words.",
        "from" => "The first day.",
        "to" => "The last day, where known.",
        "since" => "Since when, where known.",
        "kind" => "What it is.",
        _ => "",
    }
}
