//! What each problem says, in English and in Vietnamese.

use super::Code;

/// A language problems are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Vietnamese.
    Vietnamese,
}

impl Language {
    /// The language's tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
        }
    }
}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub struct InBoth {
    /// In English.
    pub english: &'static str,
    /// In Vietnamese.
    pub vietnamese: &'static str,
}

impl InBoth {
    /// In that one.
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Vietnamese => self.vietnamese,
        }
    }
}

/// The fixed texts of a problem in one language.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// What it is, in a few words.
    pub title: &'static str,
    /// What happened.
    pub detail: &'static str,
    /// What the caller should do.
    pub action: &'static str,
}

const fn texts(title: &'static str, detail: &'static str, action: &'static str) -> Texts {
    Texts {
        title,
        detail,
        action,
    }
}

impl Code {
    /// The problem's texts.
    pub const fn texts(self, language: Language) -> Texts {
        match language {
            Language::English => english(self),
            Language::Vietnamese => vietnamese(self),
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a table, one row a code")]
const fn english(code: Code) -> Texts {
    match code {
        Code::MalformedJson => texts(
            "The body is not JSON",
            "The body could not be read as a JSON document in UTF-8.",
            "Send a well-formed JSON document.",
        ),
        Code::ValidationFailed => texts(
            "The request has faults",
            "One or more values were not taken; each is listed with its place.",
            "Correct every entry of `errors` and send the request again.",
        ),
        Code::HeaderInvalid => texts(
            "A header cannot be taken",
            "A header of the request has a value that is not allowed.",
            "Correct the header and send the request again.",
        ),
        Code::TokenMissing => texts(
            "No access token",
            "The request carries no bearer token.",
            "Get an access token from your issuer and send it as `Authorization: Bearer …`.",
        ),
        Code::TokenInvalid => texts(
            "The access token is not valid",
            "The token is malformed, not signed by a trusted key, or not meant for this service.",
            "Get a new access token for this service from your issuer.",
        ),
        Code::TokenExpired => texts(
            "The access token has expired",
            "The token's time is over.",
            "Get a new access token; compare your clock with `server_time`.",
        ),
        Code::TokenNotYetValid => texts(
            "The access token is not valid yet",
            "The token's time has not begun.",
            "Compare the issuer's clock with `server_time` and try again later.",
        ),
        Code::ClientUnknown => texts(
            "The client is not registered",
            "The token is good, but no client of that name is registered here.",
            "Ask the administrator of this service to register your system.",
        ),
        Code::ClientSuspended => texts(
            "The client is suspended",
            "The client is registered, but has been suspended.",
            "Ask the administrator of this service for the reason.",
        ),
        Code::ClientAddressRefused => texts(
            "The client may not call from this address",
            "The client's registration does not allow the address the request came from.",
            "Call from a registered network, or have the registration changed.",
        ),
        Code::ScopeMissing => texts(
            "A scope is missing",
            "Token or registration lack the scope this operation needs.",
            "Ask your issuer for a token with the scope, if your registration has it.",
        ),
        Code::AgreementMissing => texts(
            "There is no agreement",
            "Your system has no agreement on the use of the register.",
            "Have an agreement registered before you ask.",
        ),
        Code::AgreementNotInForce => texts(
            "The agreement is not in force",
            "Your agreement for this procedure has not begun or has ended.",
            "Have the agreement renewed.",
        ),
        Code::OperationNotPermitted => texts(
            "The operation is not agreed",
            "Your agreement for this procedure does not cover this operation.",
            "Use an operation the agreement covers, or have it changed.",
        ),
        Code::ProcedureNotPermitted => texts(
            "The procedure is not agreed",
            "Your system has no agreement for this procedure.",
            "Ask under a procedure your agreements name.",
        ),
        Code::OfficerNotPermitted => texts(
            "The officer is not permitted",
            "The agreement requires an officer to be named or, where `officer` is `registered`, one who is registered and active in your agency.",
            "Name such an officer in `context.officer_id`; `GET /v1/me` tells which rule applies.",
        ),
        Code::OfficerMismatch => texts(
            "The officer is not the token's",
            "The request names another officer than the token.",
            "Name the officer the token was given to, or none.",
        ),
        Code::ClaimNotPermitted => texts(
            "A claim is not agreed",
            "The agreement does not cover one or more of the claims; each is listed.",
            "Leave those claims out, or have the agreement changed.",
        ),
        Code::FieldNotPermitted => texts(
            "A field is not permitted",
            "Scope or agreement do not cover one or more of the fields; each is listed.",
            "Leave those fields out, or ask with `\"on_forbidden\": \"withhold\"`.",
        ),
        Code::OwnGrant => texts(
            "No client may change its own rights",
            "A client may change neither itself nor its own agreements.",
            "Have another administrator make the change.",
        ),
        Code::NotFound => texts(
            "There is nothing here",
            "No such path, administrative resource or audit entry. It is never said of a person.",
            "Check the path against the description at `/docs`.",
        ),
        Code::MethodNotAllowed => texts(
            "The method is not allowed",
            "The resource does not have this method.",
            "Use one of the methods in the `Allow` header.",
        ),
        Code::NotAcceptable => texts(
            "The answer's type is not accepted",
            "The request's `Accept` header does not allow JSON.",
            "Accept `application/json`.",
        ),
        Code::RequestTimeout => texts(
            "The request took too long",
            "The request was not complete in time.",
            "Send it again, faster.",
        ),
        Code::Conflict => texts(
            "The change conflicts with what is there",
            "Another object stands in the way, such as an agreement of overlapping dates.",
            "Look at what is there and change the request or the other object.",
        ),
        Code::NotSealed => texts(
            "The entry is not sealed yet",
            "No published checkpoint of the transparency log covers the entry yet.",
            "Ask again after the seconds of `Retry-After`: it is a matter of a second or two.",
        ),
        Code::EntryExpired => texts(
            "The entry's time is over",
            "The entries of that day were dropped when the time for which they are kept had ended.",
            "Nothing can be read under this id any more. A proof that was fetched before still holds.",
        ),
        Code::PreconditionFailed => texts(
            "The object has changed",
            "The object's version is not the one of the `If-Match` or `If-None-Match` header.",
            "Read the object again and repeat the change on its new version.",
        ),
        Code::BodyTooLarge => texts(
            "The body is too large",
            "The body is over this operation's limit.",
            "Send less at once.",
        ),
        Code::UnsupportedMediaType => texts(
            "The body's type is not supported",
            "The operation takes only `application/json` in UTF-8.",
            "Send `Content-Type: application/json`.",
        ),
        Code::HeadersTooLarge => texts(
            "The headers are too large",
            "The request's head is over the limit.",
            "Send fewer or shorter headers.",
        ),
        Code::Internal => texts(
            "Something failed here",
            "The request failed for a reason on our side, and nothing was disclosed.",
            "Try again; if it persists, report the `instance`.",
        ),
        Code::RegisterUnavailable => texts(
            "The register cannot be reached",
            "The register did not answer. This says nothing about the person.",
            "Try again after `Retry-After`.",
        ),
        Code::AuditUnavailable => texts(
            "The access cannot be recorded",
            "The audit log cannot take the entry this answer owes, so there is no answer.",
            "Try again after `Retry-After`.",
        ),
        Code::PolicyUnavailable => texts(
            "The permissions cannot be confirmed",
            "It is not certain that the permissions known here are the newest.",
            "Try again after `Retry-After`.",
        ),
        Code::Overloaded => texts(
            "Too much at once",
            "The service has more to do than it can and took nothing of this request.",
            "Try again after `Retry-After`, more slowly.",
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "a table, one row a code")]
const fn vietnamese(code: Code) -> Texts {
    match code {
        Code::MalformedJson => texts(
            "Nội dung không phải JSON",
            "Không đọc được nội dung dưới dạng JSON mã hóa UTF-8.",
            "Hãy gửi tài liệu JSON hợp lệ.",
        ),
        Code::ValidationFailed => texts(
            "Yêu cầu có lỗi",
            "Một hoặc nhiều giá trị không được chấp nhận; vị trí từng lỗi được liệt kê.",
            "Hãy sửa mọi mục trong `errors` rồi gửi lại.",
        ),
        Code::HeaderInvalid => texts(
            "Tiêu đề không hợp lệ",
            "Một tiêu đề của yêu cầu có giá trị không được phép.",
            "Hãy sửa tiêu đề rồi gửi lại.",
        ),
        Code::TokenMissing => texts(
            "Thiếu mã truy cập",
            "Yêu cầu không kèm mã truy cập (bearer token).",
            "Hãy lấy mã truy cập từ nơi cấp và gửi trong `Authorization: Bearer …`.",
        ),
        Code::TokenInvalid => texts(
            "Mã truy cập không hợp lệ",
            "Mã sai cấu trúc, không do khóa tin cậy ký, hoặc không dành cho dịch vụ này.",
            "Hãy lấy mã truy cập mới cho dịch vụ này từ nơi cấp.",
        ),
        Code::TokenExpired => texts(
            "Mã truy cập đã hết hạn",
            "Thời hạn của mã đã hết.",
            "Hãy lấy mã mới; đối chiếu đồng hồ với `server_time`.",
        ),
        Code::TokenNotYetValid => texts(
            "Mã truy cập chưa có hiệu lực",
            "Thời hạn của mã chưa bắt đầu.",
            "Hãy đối chiếu đồng hồ của nơi cấp với `server_time` và thử lại sau.",
        ),
        Code::ClientUnknown => texts(
            "Hệ thống chưa đăng ký",
            "Mã truy cập hợp lệ nhưng không có hệ thống nào tên như vậy được đăng ký.",
            "Hãy đề nghị quản trị viên dịch vụ đăng ký hệ thống của bạn.",
        ),
        Code::ClientSuspended => texts(
            "Hệ thống bị tạm ngừng",
            "Hệ thống đã đăng ký nhưng đang bị tạm ngừng.",
            "Hãy hỏi quản trị viên dịch vụ về lý do.",
        ),
        Code::ClientAddressRefused => texts(
            "Hệ thống không được gọi từ địa chỉ này",
            "Đăng ký của hệ thống không cho phép địa chỉ gửi yêu cầu.",
            "Hãy gọi từ mạng đã đăng ký hoặc đề nghị sửa đăng ký.",
        ),
        Code::ScopeMissing => texts(
            "Thiếu phạm vi quyền",
            "Mã truy cập hoặc đăng ký thiếu phạm vi mà thao tác này cần.",
            "Hãy xin mã có phạm vi đó, nếu đăng ký của bạn có.",
        ),
        Code::AgreementMissing => texts(
            "Chưa có thỏa thuận khai thác",
            "Hệ thống của bạn chưa có thỏa thuận khai thác nào.",
            "Hãy đăng ký thỏa thuận trước khi khai thác.",
        ),
        Code::AgreementNotInForce => texts(
            "Thỏa thuận không trong thời hạn",
            "Thỏa thuận cho thủ tục này chưa bắt đầu hoặc đã hết hạn.",
            "Hãy gia hạn thỏa thuận.",
        ),
        Code::OperationNotPermitted => texts(
            "Thao tác ngoài thỏa thuận",
            "Thỏa thuận cho thủ tục này không bao gồm thao tác này.",
            "Hãy dùng thao tác có trong thỏa thuận hoặc đề nghị sửa thỏa thuận.",
        ),
        Code::ProcedureNotPermitted => texts(
            "Thủ tục không được phép khai thác",
            "Hệ thống của bạn không có thỏa thuận cho thủ tục này.",
            "Hãy hỏi theo thủ tục có trong thỏa thuận của bạn.",
        ),
        Code::OfficerNotPermitted => texts(
            "Cán bộ không được phép",
            "Thỏa thuận yêu cầu nêu cán bộ hoặc, khi `officer` là `registered`, cán bộ đã đăng ký và đang làm việc tại cơ quan bạn.",
            "Hãy nêu cán bộ như vậy trong `context.officer_id`; `GET /v1/me` cho biết quy định nào áp dụng.",
        ),
        Code::OfficerMismatch => texts(
            "Cán bộ không khớp với mã truy cập",
            "Yêu cầu nêu cán bộ khác với mã truy cập.",
            "Hãy nêu đúng cán bộ được cấp mã hoặc để trống.",
        ),
        Code::ClaimNotPermitted => texts(
            "Thông tin đối chiếu ngoài thỏa thuận",
            "Thỏa thuận không bao gồm một số thông tin đối chiếu; từng mục được liệt kê.",
            "Hãy bỏ các mục đó hoặc đề nghị sửa thỏa thuận.",
        ),
        Code::FieldNotPermitted => texts(
            "Trường thông tin không được phép",
            "Phạm vi quyền hoặc thỏa thuận không bao gồm một số trường; từng trường được liệt kê.",
            "Hãy bỏ các trường đó, hoặc hỏi với `\"on_forbidden\": \"withhold\"`.",
        ),
        Code::OwnGrant => texts(
            "Không được tự sửa quyền của mình",
            "Hệ thống không được sửa chính mình hoặc thỏa thuận của mình.",
            "Hãy để quản trị viên khác thực hiện.",
        ),
        Code::NotFound => texts(
            "Không có gì ở đây",
            "Không có đường dẫn, đối tượng quản trị hay bản ghi nhật ký này. \
             Không bao giờ dùng để nói về một công dân.",
            "Hãy kiểm tra đường dẫn theo mô tả tại `/docs`.",
        ),
        Code::MethodNotAllowed => texts(
            "Phương thức không được phép",
            "Tài nguyên không có phương thức này.",
            "Hãy dùng phương thức trong tiêu đề `Allow`.",
        ),
        Code::NotAcceptable => texts(
            "Không chấp nhận kiểu trả lời",
            "Tiêu đề `Accept` của yêu cầu không cho phép JSON.",
            "Hãy chấp nhận `application/json`.",
        ),
        Code::RequestTimeout => texts(
            "Yêu cầu quá lâu",
            "Yêu cầu không gửi xong đúng hạn.",
            "Hãy gửi lại nhanh hơn.",
        ),
        Code::Conflict => texts(
            "Thay đổi bị xung đột",
            "Có đối tượng khác cản trở, chẳng hạn thỏa thuận trùng thời hạn.",
            "Hãy xem đối tượng hiện có rồi sửa yêu cầu hoặc đối tượng kia.",
        ),
        Code::NotSealed => texts(
            "Bản ghi nhật ký chưa được niêm phong",
            "Chưa có điểm kiểm tra nào đã công bố của nhật ký minh bạch bao gồm bản ghi này.",
            "Hãy hỏi lại sau số giây trong `Retry-After`: thường chỉ mất một hai giây.",
        ),
        Code::EntryExpired => texts(
            "Bản ghi đã hết thời hạn lưu giữ",
            "Các bản ghi của ngày đó đã được xóa khi hết thời hạn lưu giữ.",
            "Không còn đọc được gì theo mã này. Bằng chứng đã lấy trước đó vẫn có giá trị.",
        ),
        Code::PreconditionFailed => texts(
            "Đối tượng đã thay đổi",
            "Phiên bản của đối tượng không đúng như tiêu đề `If-Match` hoặc `If-None-Match`.",
            "Hãy đọc lại đối tượng rồi thay đổi trên phiên bản mới.",
        ),
        Code::BodyTooLarge => texts(
            "Nội dung quá lớn",
            "Nội dung vượt giới hạn của thao tác này.",
            "Hãy gửi ít hơn mỗi lần.",
        ),
        Code::UnsupportedMediaType => texts(
            "Kiểu nội dung không được hỗ trợ",
            "Thao tác chỉ nhận `application/json` mã hóa UTF-8.",
            "Hãy gửi `Content-Type: application/json`.",
        ),
        Code::HeadersTooLarge => texts(
            "Tiêu đề quá lớn",
            "Phần đầu của yêu cầu vượt giới hạn.",
            "Hãy gửi ít tiêu đề hơn hoặc ngắn hơn.",
        ),
        Code::Internal => texts(
            "Có lỗi phía dịch vụ",
            "Yêu cầu thất bại vì lỗi phía chúng tôi; không có thông tin nào bị tiết lộ.",
            "Hãy thử lại; nếu vẫn lỗi, hãy báo kèm `instance`.",
        ),
        Code::RegisterUnavailable => texts(
            "Không kết nối được cơ sở dữ liệu dân cư",
            "Cơ sở dữ liệu không trả lời. Điều này không nói gì về công dân.",
            "Hãy thử lại sau `Retry-After`.",
        ),
        Code::AuditUnavailable => texts(
            "Không ghi được nhật ký truy cập",
            "Nhật ký không nhận được bản ghi bắt buộc nên không có câu trả lời.",
            "Hãy thử lại sau `Retry-After`.",
        ),
        Code::PolicyUnavailable => texts(
            "Không xác nhận được quyền khai thác",
            "Không chắc quyền đang biết ở đây là mới nhất.",
            "Hãy thử lại sau `Retry-After`.",
        ),
        Code::Overloaded => texts(
            "Quá tải",
            "Dịch vụ có nhiều việc hơn khả năng và chưa xử lý gì của yêu cầu này.",
            "Hãy thử lại sau `Retry-After`, chậm hơn.",
        ),
    }
}
