//! Trials of refusals, by their codes: none says anything about the person.

use super::super::lines::OFFICER;
use super::answers::refused;
use super::question::Question;
use crate::domain::citizen::Citizen;
use crate::http::{Text, Trial};

pub fn trials(plain: &Citizen) -> Vec<Trial> {
    let right = Question::of(plain);
    let with = |token| right.clone().with_token(token);
    let under = |procedure, officer| right.clone().under(procedure, officer);
    let reading = |fields: &[&str]| right.clone().fields(fields);
    let verify = |question: Question, about: Text, status, code| {
        question.at("/v1/verify", about, refused(status, code, &[]))
    };
    vec![
        verify(
            with(None),
            ["No token", "Không có mã truy cập"],
            401,
            "token_missing",
        ),
        verify(
            with(Some("SCHOOL")),
            ["A client that is suspended", "Hệ thống đang bị tạm dừng"],
            403,
            "client_suspended",
        ),
        with(Some("BANK")).fields(&["full_name"]).at(
            "/v1/lookup",
            [
                "An operation beyond the token's scopes",
                "Thao tác ngoài phạm vi của mã truy cập",
            ],
            refused(403, "scope_missing", &[]),
        ),
        verify(
            with(Some("NOTARY")),
            [
                "An agency that has agreed nothing",
                "Cơ quan chưa có thỏa thuận nào",
            ],
            403,
            "agreement_missing",
        ),
        verify(
            with(Some("BANK")),
            [
                "A procedure beyond the agreements",
                "Thủ tục ngoài các thỏa thuận",
            ],
            403,
            "procedure_not_permitted",
        ),
        verify(
            under("1.000894", None),
            ["An agreement that is over", "Thỏa thuận đã hết hạn"],
            403,
            "agreement_not_in_force",
        ),
        under("dancu.doi-giay-phep-lai-xe", None)
            .fields(&["full_name"])
            .at(
                "/v1/lookup",
                [
                    "An operation beyond the agreement",
                    "Thao tác ngoài thỏa thuận",
                ],
                refused(403, "operation_not_permitted", &[]),
            ),
        verify(
            under("1.004194", None),
            [
                "Nobody asks, where an officer must",
                "Thiếu cán bộ khi thỏa thuận yêu cầu",
            ],
            403,
            "officer_not_permitted",
        ),
        verify(
            under("1.001193", Some("cb-la")),
            [
                "An officer who is not registered",
                "Cán bộ chưa được đăng ký",
            ],
            403,
            "officer_not_permitted",
        ),
        right.clone().claims_too("marital_status", "\"single\"").at(
            "/v1/verify",
            [
                "A claim beyond the agreement",
                "Thông tin đối chiếu ngoài thỏa thuận",
            ],
            refused(
                403,
                "claim_not_permitted",
                &[("/claims/marital_status", "agreement")],
            ),
        ),
        reading(&["full_name", "mobile_number"]).at(
            "/v1/lookup",
            [
                "A field beyond the agreement",
                "Trường thông tin ngoài thỏa thuận",
            ],
            refused(403, "field_not_permitted", &[("/fields/1", "agreement")]),
        ),
        reading(&["religion"]).at(
            "/v1/lookup",
            [
                "A field beyond the scopes",
                "Trường thông tin ngoài phạm vi của mã truy cập",
            ],
            refused(403, "field_not_permitted", &[("/fields/0", "scope")]),
        ),
        right
            .clone()
            .claims(plain.full_name.as_str(), "07/11/1990")
            .about("personal_id", "87")
            .at(
                "/v1/verify",
                [
                    "Faults of the body, all at once",
                    "Các lỗi của yêu cầu, báo cùng một lúc",
                ],
                refused(
                    400,
                    "validation_failed",
                    &[
                        ("/subject/personal_id", "length"),
                        ("/claims/birth_date", "date"),
                    ],
                ),
            ),
        Trial {
            body: format!("{{\"context\":{{\"officer_id\":\"{OFFICER}\""),
            ..verify(
                right.clone(),
                ["Half a document", "Tài liệu JSON dang dở"],
                400,
                "malformed_json",
            )
        },
    ]
}
