//! What the log's own words are called in both languages: operations, reasons, fields and claims, levels
//! of a name. A word this program does not know, of a later one's entry, stays as it is.

use crate::domain::change::Ignored;
use crate::domain::entry::Operation;
use crate::domain::name::Level;
use crate::http::problem::{Code, Language};

/// In English and in Vietnamese.
type Both = (&'static str, &'static str);

/// A word of the log and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub word: String,
    /// What it is called; the word itself where it is not known.
    pub name: String,
}

impl Term {
    fn of(word: &str, name: Option<String>) -> Self {
        Self {
            word: word.to_owned(),
            name: name.unwrap_or_else(|| word.to_owned()),
        }
    }

    /// Whether the word says more than the name.
    pub fn is_named(&self) -> bool {
        self.name != self.word
    }
}

/// An operation.
pub fn operation(word: &str, language: Language) -> Term {
    let known = Operation::parse(word).map(operation_in);
    Term::of(word, known.map(|both| told(both, language).to_owned()))
}

/// Why something was refused, failed or ignored. Most are codes of problems, which have their titles.
pub fn reason(word: &str, language: Language) -> Term {
    let problem = Code::by_name(word).map(|code| code.texts(language).title);
    let ignored = Ignored::ALL.into_iter().find(|it| it.as_str() == word);
    let known = problem.or_else(|| Some(told(ignored_in(ignored?), language)));
    Term::of(word, known.map(str::to_owned))
}

/// A field by its dotted path, a claim, or a condition of an auditor's question.
pub fn field(path: &str, language: Language) -> Term {
    let condition = condition_in(path);
    let known = match condition {
        Some(both) => Some(told(both, language).to_owned()),
        None => path
            .split('.')
            .map(|part| Some(told(part_in(part)?, language)))
            .collect::<Option<Vec<_>>>()
            .map(|parts| parts.join(" › ")),
    };
    Term::of(path, known)
}

/// How well a name matched.
pub fn name_match(word: &str, language: Language) -> Term {
    let level = Level::ALL.into_iter().find(|level| level.as_str() == word);
    let known = level.map(|level| told(level_in(level), language));
    Term::of(word, known.map(str::to_owned))
}

const fn told(both: Both, language: Language) -> &'static str {
    match language {
        Language::English => both.0,
        Language::Vietnamese => both.1,
    }
}

const fn operation_in(operation: Operation) -> Both {
    use Operation as O;
    match operation {
        O::Verify => ("Verification", "Xác minh"),
        O::Lookup => ("Lookup", "Tra cứu"),
        O::Prefill => ("Filling a form", "Điền biểu mẫu"),
        O::Canary => ("The service’s own check", "Hệ thống tự kiểm tra"),
        O::Me => ("Asking for one’s own rights", "Xem quyền của mình"),
        O::RegisterChanges => (
            "Call of the register’s feed",
            "Nhận thay đổi dữ liệu dân cư",
        ),
        O::RegisterUpsert => ("Record replaced", "Cập nhật hồ sơ dân cư"),
        O::RegisterStatus => ("Life status changed", "Đổi trạng thái công dân"),
        O::AgencyGet => ("Agency read", "Xem cơ quan"),
        O::AgencyList => ("Agencies listed", "Liệt kê cơ quan"),
        O::AgencyPut => ("Agency written", "Ghi cơ quan"),
        O::AgencyDelete => ("Agency deleted", "Xóa cơ quan"),
        O::ClientGet => ("Client read", "Xem hệ thống"),
        O::ClientList => ("Clients listed", "Liệt kê hệ thống"),
        O::ClientPut => ("Client written", "Ghi hệ thống"),
        O::ClientDelete => ("Client deleted", "Xóa hệ thống"),
        O::ClientSuspend => ("Client suspended", "Tạm ngừng hệ thống"),
        O::ClientResume => ("Client resumed", "Cho hệ thống hoạt động lại"),
        O::ProcedureGet => ("Procedure read", "Xem thủ tục"),
        O::ProcedureList => ("Procedures listed", "Liệt kê thủ tục"),
        O::ProcedurePut => ("Procedure written", "Ghi thủ tục"),
        O::ProcedureDelete => ("Procedure deleted", "Xóa thủ tục"),
        O::AgreementGet => ("Agreement read", "Xem thỏa thuận"),
        O::AgreementList => ("Agreements listed", "Liệt kê thỏa thuận"),
        O::AgreementPut => ("Agreement written", "Ghi thỏa thuận"),
        O::AgreementDelete => ("Agreement deleted", "Xóa thỏa thuận"),
        O::OfficerGet => ("Officer read", "Xem cán bộ"),
        O::OfficerList => ("Officers listed", "Liệt kê cán bộ"),
        O::OfficerPut => ("Officer written", "Ghi cán bộ"),
        O::OfficerDelete => ("Officer deleted", "Xóa cán bộ"),
        O::AuditSearch => ("Search by an auditor", "Tìm kiếm giám sát"),
        O::AuditEntry => ("Entry read by an auditor", "Xem bản ghi"),
        O::AuditProof => ("Proof taken by an auditor", "Lấy bằng chứng"),
        O::AuditSubjectReport => ("Report about a person", "Báo cáo theo công dân"),
        O::AuditStatistics => ("Numbers read by an auditor", "Xem thống kê"),
        O::AuditExport => ("Export by an auditor", "Xuất dữ liệu"),
        O::AuditReconciliation => ("Comparison with a journal", "Đối soát"),
        O::AuditSignals => ("Signals read", "Xem cảnh báo"),
        O::AuditSignalEntries => ("Entries behind a signal read", "Xem bản ghi của cảnh báo"),
        O::ConsoleSignIn => ("Sign-in to the console", "Đăng nhập trang giám sát"),
        O::ConsoleLog => ("State of the log read", "Xem trạng thái nhật ký"),
        O::CliImport => ("Records imported", "Nhập hồ sơ dân cư"),
        O::CliGenerate => ("Synthetic people made", "Tạo dữ liệu giả lập"),
        O::CliBootstrap => ("First client made", "Tạo hệ thống đầu tiên"),
        O::CliReference => ("Catalogue loaded", "Nạp danh mục"),
        O::CliMaintain => ("Expired days dropped", "Xóa ngày hết hạn lưu giữ"),
        O::CliDemo => ("Demonstration set up", "Thiết lập bản trình diễn"),
        O::CliHistory => ("Access history made up", "Tạo lịch sử truy cập mẫu"),
        O::CliNewEpoch => ("New epoch of the log", "Mở kỷ nguyên mới của nhật ký"),
        O::CliAdoptSecondPlace => ("Second place adopted", "Nhận nơi lưu thứ hai"),
        O::CliDeclareHole => ("Lost entries declared", "Khai báo bản ghi bị mất"),
        O::CliRotateNoteKey => ("Signing key changed", "Đổi khóa ký nhật ký"),
        O::CliKeysRotateMonth => ("Month’s keys renewed", "Tạo khóa mới cho tháng"),
        O::CliKeysDestroyMonths => ("Months’ keys destroyed", "Hủy khóa của tháng"),
        O::CliKeysRewrap => ("Keys wrapped anew", "Bọc lại các khóa"),
        O::LaneOpened => ("Lane begun", "Mở luồng ghi"),
        O::LaneHeartbeat => ("Lane’s sign of life", "Tín hiệu luồng ghi"),
        O::LaneClosed => ("Lane ended", "Đóng luồng ghi"),
        O::LaneAbandoned => ("Lane given up", "Bỏ luồng ghi"),
        O::LaneUnrecordable => ("Entry that could not be written", "Bản ghi không ghi được"),
    }
}

const fn ignored_in(ignored: Ignored) -> Both {
    match ignored {
        Ignored::OlderRevision => (
            "The register held a later revision",
            "Dữ liệu dân cư đã có phiên bản mới hơn",
        ),
        Ignored::SameRevision => (
            "The register held this revision",
            "Dữ liệu dân cư đã có phiên bản này",
        ),
        Ignored::UnknownCitizen => (
            "The register did not know the person",
            "Dữ liệu dân cư không có công dân này",
        ),
    }
}

const fn level_in(level: Level) -> Both {
    match level {
        Level::Exact => ("letter by letter", "đúng từng chữ"),
        Level::Canonical => (
            "but for case, spaces and the place of tone marks",
            "chỉ khác chữ hoa, dấu cách, vị trí dấu thanh",
        ),
        Level::Folded => ("without diacritics only", "chỉ khớp khi bỏ dấu"),
        Level::Different => ("different", "khác nhau"),
    }
}

/// The conditions of an auditor's question whose names are no fields'.
fn condition_in(name: &str) -> Option<Both> {
    Some(match name {
        "agency_code" => ("Agency", "Cơ quan"),
        "client_id" => ("Client", "Hệ thống"),
        "officer_id" => ("Officer", "Cán bộ"),
        "procedure_code" => ("Procedure", "Thủ tục"),
        "case_id" => ("Case", "Hồ sơ"),
        "operation" => ("Operation", "Thao tác"),
        "decision" => ("Decision", "Quyết định"),
        "from" => ("From", "Từ ngày"),
        "to" => ("To", "Đến ngày"),
        "subject" => ("Person", "Công dân"),
        "kind" => ("Kind of signal", "Loại cảnh báo"),
        "age_at_least" => ("An age reached", "Đã đủ tuổi"),
        "old_id_number" => ("Old ID number", "Số CMND cũ"),
        _ => return None,
    })
}

/// A part of a path: a field, or what is below one.
fn part_in(part: &str) -> Option<Both> {
    Some(match part {
        "personal_id" => ("Personal number", "Số định danh cá nhân"),
        "old_id_numbers" => ("Old ID numbers", "Các số CMND cũ"),
        "full_name" => ("Full name", "Họ và tên"),
        "family_name" => ("Family name", "Họ"),
        "middle_name" => ("Middle name", "Chữ đệm"),
        "given_name" => ("Given name", "Tên"),
        "other_name" => ("Other name", "Tên gọi khác"),
        "birth_date" => ("Birth date", "Ngày sinh"),
        "sex" => ("Sex", "Giới tính"),
        "nationality" => ("Nationality", "Quốc tịch"),
        "ethnicity" => ("Ethnicity", "Dân tộc"),
        "religion" => ("Religion", "Tôn giáo"),
        "blood_type" => ("Blood type", "Nhóm máu"),
        "place_of_birth" => ("Place of birth", "Nơi sinh"),
        "birth_registration_place" => ("Place of birth registration", "Nơi đăng ký khai sinh"),
        "place_of_origin" => ("Place of origin", "Quê quán"),
        "permanent_residence" => ("Permanent residence", "Nơi thường trú"),
        "temporary_residence" => ("Temporary residence", "Nơi tạm trú"),
        "current_residence" => ("Current residence", "Nơi ở hiện tại"),
        "absence_declaration" => ("Absence declared", "Khai báo tạm vắng"),
        "residence_file_number" => ("Residence file number", "Số hồ sơ cư trú"),
        "card" => ("Identity card", "Thẻ căn cước"),
        "marital_status" => ("Marital status", "Tình trạng hôn nhân"),
        "death_or_missing" => ("Death or missing", "Chết hoặc mất tích"),
        "father" => ("Father", "Cha"),
        "mother" => ("Mother", "Mẹ"),
        "spouse" => ("Spouse", "Vợ hoặc chồng"),
        "children" => ("Children", "Con"),
        "legal_representative" => ("Legal representative", "Người đại diện hợp pháp"),
        "represented_persons" => ("Persons represented", "Người được đại diện"),
        "relation_to_head" => ("Relation to the head of household", "Quan hệ với chủ hộ"),
        "household_head" => ("Head of household", "Chủ hộ"),
        "household_members" => ("Household members", "Thành viên hộ gia đình"),
        "mobile_number" => ("Mobile number", "Số điện thoại di động"),
        "email" => ("E-mail", "Thư điện tử"),
        "residence" => ("Residence", "Nơi cư trú"),
        "address_line" => ("Address line", "Địa chỉ"),
        "age" => ("Age", "Tuổi"),
        "is_adult" => ("Of age", "Đã thành niên"),
        // Below fields.
        "value" => ("value", "giá trị"),
        "precision" => ("precision", "độ chính xác"),
        "code" => ("code", "mã"),
        "scheme" => ("scheme", "bộ mã"),
        "name" => ("name", "tên"),
        "as_recorded" => ("as recorded", "như đã ghi"),
        "current" => ("as it is now", "hiện nay"),
        "country" => ("country", "quốc gia"),
        "province_code" => ("province’s code", "mã tỉnh"),
        "province_name" => ("province", "tỉnh"),
        "district_code" => ("district’s code", "mã huyện"),
        "district_name" => ("district", "huyện"),
        "commune_code" => ("commune’s code", "mã xã"),
        "commune_name" => ("commune", "xã"),
        "detail" => ("house and street", "số nhà, đường"),
        "recorded_on" => ("recorded on", "ngày ghi"),
        "status" => ("status", "trạng thái"),
        "candidates" => ("candidates", "các khả năng"),
        "basis" => ("basis", "căn cứ"),
        "number" => ("number", "số"),
        "kind" => ("kind", "loại"),
        "issued_on" => ("issued on", "ngày cấp"),
        "issued_by" => ("issued by", "nơi cấp"),
        "expires_on" => ("expires on", "ngày hết hạn"),
        "from" => ("from", "từ"),
        "to" => ("to", "đến"),
        "since" => ("since", "kể từ"),
        "old_id_number" => ("old ID number", "số CMND cũ"),
        "relation" => ("relation", "quan hệ"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::entry::Decision;
    use crate::domain::field;
    use crate::domain::refusal::Refusal;
    use crate::http::console::words::words;

    /// Fails where a word has no name of its own in either language, or the same in both.
    #[track_caller]
    fn is_named(word: &str, name: impl Fn(&str, Language) -> Term) {
        let [english, vietnamese] =
            [Language::English, Language::Vietnamese].map(|language| name(word, language));
        for term in [&english, &vietnamese] {
            assert!(term.is_named() && !term.name.trim().is_empty(), "{term:?}");
            assert!(!term.name.contains('_'), "{term:?}");
            assert_eq!(term.word, word);
        }
        assert_ne!(english.name, vietnamese.name, "{word}");
    }

    #[test]
    fn every_operation_has_a_name_in_both_languages() {
        for one in Operation::ALL {
            is_named(one.as_str(), operation);
        }
        let mut names: Vec<_> = Operation::ALL
            .iter()
            .map(|one| operation_in(*one).1)
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Operation::ALL.len(), "two are called alike");
    }

    #[test]
    fn every_reason_has_a_name_in_both_languages() {
        for one in Refusal::ALL {
            is_named(one.code(), reason);
        }
        for one in Code::ALL {
            is_named(one.as_str(), reason);
        }
        for one in Ignored::ALL {
            is_named(one.as_str(), reason);
        }
    }

    #[test]
    fn every_field_and_every_claim_has_a_name_in_both_languages() {
        for path in field::paths() {
            is_named(path, super::field);
        }
        let described: Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
        let schemas = &described["components"]["schemas"];
        for schema in ["ClaimsBody", "FiltersBody"] {
            let members = schemas[schema]["properties"].as_object().unwrap();
            assert!(members.len() > 8, "{schema}");
            for name in members.keys() {
                is_named(name, super::field);
            }
        }
        is_named("kind", super::field);
        assert_eq!(
            super::field(
                "permanent_residence.current.province_name",
                Language::English
            )
            .name,
            "Permanent residence › as it is now › province"
        );
    }

    #[test]
    fn every_level_and_every_decision_has_a_name_in_both_languages() {
        for one in Level::ALL {
            let [english, vietnamese] = [Language::English, Language::Vietnamese]
                .map(|language| name_match(one.as_str(), language).name);
            assert_ne!(english, vietnamese, "{one:?}");
        }
        for one in Decision::ALL {
            let [english, vietnamese] = [Language::English, Language::Vietnamese]
                .map(|language| words(language).decision(one));
            assert_ne!(english, vietnamese, "{one:?}");
        }
    }

    #[test]
    fn a_word_of_a_later_program_stays_as_it_is() {
        for name in [operation, reason, super::field, name_match] {
            let term = name("of.tomorrow", Language::Vietnamese);
            assert!(!term.is_named(), "{term:?}");
        }
    }
}
