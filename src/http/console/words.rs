//! Every text of the console, in both languages from one table: a row without both does not compile.

use crate::domain::entry::Decision;
use crate::http::problem::Language;

macro_rules! words {
    ($($name:ident: $english:literal, $vietnamese:literal;)+) => {
        /// The texts of one language.
        #[derive(Debug)]
        pub struct Words {
            $(pub $name: &'static str,)+
        }

        static ENGLISH: Words = Words { $($name: $english,)+ };
        static VIETNAMESE: Words = Words { $($name: $vietnamese,)+ };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $vietnamese),)+];
    };
}

/// The texts of a language.
pub const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Vietnamese => &VIETNAMESE,
    }
}

words! {
    // Around every page.
    product: "Access audit", "Giám sát truy cập";
    title_suffix: "dancu audit console", "dancu · giám sát truy cập";
    skip: "Skip to the content", "Tới nội dung chính";
    navigation: "Parts of the console", "Các phần";
    nav_overview: "Overview", "Tổng quan";
    nav_search: "Search", "Tìm kiếm";
    nav_report: "About a person", "Theo công dân";
    nav_signals: "Signals", "Cảnh báo";
    nav_statistics: "Statistics", "Thống kê";
    nav_reconciliation: "Reconciliation", "Đối soát";
    nav_log: "Transparency log", "Nhật ký minh bạch";
    nav_entries: "By id", "Theo mã";
    other_language: "Tiếng Việt", "English";
    signed_in_as: "Signed in as", "Đang đăng nhập:";
    agency_of: "agency", "cơ quan";
    until: "until", "đến";
    sign_out: "Sign out", "Đăng xuất";
    recorded: "Every page you read here is itself an entry in the log.",
        "Mỗi trang bạn đọc ở đây cũng để lại một bản ghi trong nhật ký.";
    vietnam_time: "Times are Vietnam’s (UTC+7).", "Thời gian theo giờ Việt Nam (UTC+7).";
    print: "Print", "In trang";
    slow: "This may take up to", "Có thể mất tới";
    slow_unit: "seconds.", "giây.";
    slow_then: "What takes longer is given up, and the page says so.",
        "Quá thời gian đó, yêu cầu bị dừng và trang sẽ cho biết.";

    // Signing in.
    sign_in: "Sign in", "Đăng nhập";
    sign_in_lead: "This console is for auditors. It shows who asked what about whom, when and why, and proves that nothing was removed.",
        "Trang này dành cho người giám sát. Trang cho biết ai đã hỏi gì, về ai, khi nào, vì sao, và chứng minh không có bản ghi nào bị xóa.";
    token: "Access token", "Mã truy cập";
    token_hint: "Paste a token with the scope audit:read or audit:read.agency. It is kept sealed until it expires, and its key only in this browser.",
        "Dán mã truy cập có phạm vi audit:read hoặc audit:read.agency. Mã được lưu ở dạng mã hóa cho đến khi hết hạn; khóa chỉ nằm trong trình duyệt này.";
    by_proxy: "You are usually signed in by your organisation’s portal. If you see this page, open the console from there.",
        "Thông thường bạn được đăng nhập qua cổng của đơn vị. Nếu thấy trang này, hãy mở lại trang giám sát từ cổng đó.";
    no_way_in: "Signing in to this console is not set up. The operator does that with the keys console.token_header or console.paste of the configuration.",
        "Chưa thiết lập cách đăng nhập cho trang này. Người vận hành thiết lập bằng khóa console.token_header hoặc console.paste trong cấu hình.";
    session_ended: "Your session has ended. Sign in again to go on.",
        "Phiên làm việc của bạn đã kết thúc. Hãy đăng nhập lại để tiếp tục.";
    token_invalid: "That is no valid access token.", "Mã truy cập không hợp lệ.";
    token_invalid_then: "Copy the whole token, all three parts with the dots between them, and try again.",
        "Hãy sao chép toàn bộ mã, đủ ba phần cách nhau bằng dấu chấm, rồi thử lại.";
    token_expired: "The access token has expired.", "Mã truy cập đã hết hạn.";
    token_expired_then: "Get a new one from your issuer.", "Hãy xin mã mới từ nơi cấp.";
    token_not_yet: "The access token is not valid yet.", "Mã truy cập chưa có hiệu lực.";
    token_not_yet_then: "Check the clock of the issuer, or wait.", "Hãy kiểm tra đồng hồ của nơi cấp, hoặc chờ.";

    // Problems.
    problem_what: "What happened", "Điều gì đã xảy ra";
    problem_then: "What to do", "Cần làm gì";
    problem_entry: "Entry of this attempt", "Bản ghi của lần thử này";
    problem_request: "Request", "Yêu cầu số";
    try_again: "Try again", "Thử lại";
    to_start: "To the start page", "Về trang đầu";
    not_found: "There is no such page, or no entry of this id that you may see.",
        "Không có trang này, hoặc không có bản ghi nào với mã này mà bạn được xem.";
    not_found_then: "Check the id. Auditors of one agency see its entries and those of the agencies below it.",
        "Hãy kiểm tra lại mã. Người giám sát của một cơ quan chỉ xem được bản ghi của cơ quan mình và cấp dưới.";
    not_ours: "The form was not sent by a page of this console, or a header of the request is not as it must be.",
        "Biểu mẫu không được gửi từ trang này, hoặc một tiêu đề của yêu cầu không đúng.";
    not_ours_then: "Open the console again and send the form from there. Beyond this machine it works over HTTPS only.",
        "Hãy mở lại trang giám sát rồi gửi biểu mẫu từ đó. Ngoài máy này, trang chỉ hoạt động qua HTTPS.";
    not_read: "What was entered could not be read.", "Không đọc được nội dung đã nhập.";
    not_read_then: "Go back, correct it and send it again.", "Hãy quay lại, sửa rồi gửi lại.";
    scope_missing: "The token lets you in elsewhere, but it is no auditor’s.",
        "Mã truy cập này dùng được ở nơi khác, nhưng không phải của người giám sát.";
    scope_missing_then: "Ask your issuer for a token with the scope audit:read or audit:read.agency, if your registration has it.",
        "Hãy xin mã có phạm vi audit:read hoặc audit:read.agency, nếu đăng ký của bạn có.";
    reveal_refused: "You are signed in, but may not see people, officers and cases in the clear.",
        "Bạn đã đăng nhập nhưng không được phép xem rõ công dân, cán bộ và hồ sơ.";
    reveal_refused_then: "Go on without, or ask your issuer for a token with the scope audit:reveal, if your registration has it. You stay signed in.",
        "Hãy tiếp tục mà không hiện rõ, hoặc xin mã có phạm vi audit:reveal nếu đăng ký của bạn có. Bạn vẫn đang đăng nhập.";

    // Finding an entry.
    find: "Find an entry", "Tìm bản ghi";
    find_lead: "Every answer and every refusal carries the id of its entry.",
        "Mỗi câu trả lời và mỗi lần từ chối đều kèm mã bản ghi.";
    audit_id: "Entry id", "Mã bản ghi";
    audit_id_hint: "Five groups of digits and the letters a to f, as 0199f2b4-7c1e-7a52-9d3b-5e8c1f0a2b6d",
        "Năm nhóm chữ số và chữ cái a đến f, ví dụ 0199f2b4-7c1e-7a52-9d3b-5e8c1f0a2b6d";
    show: "Show", "Xem";
    is_no_id: "That is no entry id. It has 32 digits and letters a to f, in five groups.",
        "Đây không phải mã bản ghi. Mã gồm 32 chữ số và chữ cái a đến f, chia thành năm nhóm.";

    // Searching.
    search: "Search entries", "Tìm kiếm bản ghi";
    search_do: "Search", "Tìm";
    filters: "Conditions", "Điều kiện";
    private_filters: "Person, officer, case", "Công dân, cán bộ, hồ sơ";
    private_note: "These name somebody, so they never stand in the page’s address.",
        "Các mục này nêu đích danh, nên không bao giờ nằm trong địa chỉ trang.";
    any: "any", "tất cả";
    from_day: "From day", "Từ ngày";
    to_day: "To day", "Đến hết ngày";
    order: "Order", "Thứ tự";
    order_newest: "newest first", "mới nhất trước";
    order_log: "as in the log", "theo nhật ký";
    person_number: "Person’s number", "Số của công dân";
    person_hint: "12 digits, or 9 of an old card", "12 chữ số, hoặc 9 chữ số của CMND cũ";
    reveal: "Show people, officers and cases in the clear", "Hiện rõ công dân, cán bộ và hồ sơ";
    reveal_reason: "Reason, which is recorded", "Lý do (sẽ được ghi lại)";
    revealed: "People, officers and cases are shown in the clear. That and your reason are recorded.",
        "Công dân, cán bộ và hồ sơ đang hiện rõ. Việc này và lý do của bạn đã được ghi lại.";
    fields_wrong: "Some fields could not be taken. They are marked.", "Một số mục chưa đúng và được đánh dấu.";
    wrong_agency: "Agency: no code", "Cơ quan: không phải mã";
    wrong_client: "Client: no code", "Hệ thống: không phải mã";
    wrong_procedure: "Procedure: no code", "Thủ tục: không phải mã";
    wrong_from: "From day: no day", "Từ ngày: không phải ngày";
    wrong_to: "To day: no day", "Đến hết ngày: không phải ngày";
    wrong_person: "Person: a number has 12 or 9 digits", "Công dân: số gồm 12 hoặc 9 chữ số";
    wrong_officer: "Officer: letters, digits, dot, hyphen and underscore, 32 at most", "Cán bộ: chữ cái, chữ số, dấu chấm, gạch ngang, gạch dưới, tối đa 32";
    wrong_case: "Case: letters, digits and . _ / - , 64 at most", "Hồ sơ: chữ cái, chữ số và . _ / - , tối đa 64";
    wrong_reason: "Reason: needed to show people in the clear; 500 characters at most", "Lý do: bắt buộc khi hiện rõ; tối đa 500 ký tự";
    results: "Entries found", "Bản ghi tìm được";
    no_results: "No entry meets these conditions.", "Không có bản ghi nào thỏa điều kiện.";
    no_results_then: "Widen the days, or take a condition away. An entry can be found within seconds after it was made.",
        "Hãy nới khoảng ngày hoặc bỏ bớt điều kiện. Bản ghi tìm được sau khi tạo vài giây.";
    is_complete: "Complete", "Đã đầy đủ";
    complete_yes: "Yes: the day is over and all of its entries can be searched.",
        "Có: ngày đã kết thúc và mọi bản ghi đều tìm được.";
    complete_no: "No: the day is not over, not all of its entries can be searched yet, or they were dropped. Compare again later.",
        "Chưa: ngày chưa kết thúc, còn bản ghi chưa tìm được, hoặc đã bị xóa theo thời hạn. Hãy đối soát lại sau.";
    complete_to: "The log can be searched up to place", "Có thể tìm tới vị trí";
    next_page: "Next page", "Trang sau";
    first_page: "First page", "Trang đầu";
    export: "Take all that match:", "Tải tất cả kết quả:";
    export_note: "A file is written while it is read, so a large one takes its time.",
        "Tệp được ghi dần trong khi đọc, nên tệp lớn cần thêm thời gian.";
    place: "Place", "Vị trí";

    // Signals.
    signals: "Signals", "Cảnh báo";
    signals_lead: "What somebody should look at, computed from the log. A signal is no proof of anything, and blocks nothing.",
        "Những điều cần được xem lại, tính từ nhật ký. Cảnh báo không phải là bằng chứng vi phạm và không chặn thao tác nào.";
    signals_found: "Signals found", "Cảnh báo tìm được";
    signals_all: "All signals", "Tất cả cảnh báo";
    signals_complete: "Entries were looked at up to place", "Đã xét các bản ghi tới vị trí";
    signals_lately: "Signals", "Số cảnh báo";
    no_signals: "Nothing stands out.", "Không có gì bất thường.";
    no_signals_then: "Signals appear within seconds after the entries behind them. Thresholds are the operator’s.",
        "Cảnh báo xuất hiện sau bản ghi liên quan vài giây. Ngưỡng do người vận hành đặt.";
    signal: "Signal", "Cảnh báo số";
    signal_lead: "The questions of that officer, system or person within the hour or day of the signal.",
        "Các lần hỏi của cán bộ, hệ thống hoặc về công dân đó trong giờ hoặc ngày của cảnh báo.";
    signal_entries: "Entries behind it", "Các bản ghi liên quan";
    no_signal_entries: "The entries behind it are gone: their retention is over.",
        "Các bản ghi liên quan không còn: đã hết thời hạn lưu giữ.";
    signal_kind: "Kind", "Loại";
    signal_window: "Time", "Thời gian";
    signal_value: "Measured", "Giá trị";
    signal_threshold: "Threshold", "Ngưỡng";
    signal_distinct_people: "Many people", "Nhiều công dân";
    signal_distinct_people_what: "different people within an hour", "số công dân khác nhau trong một giờ";
    signal_no_match_ratio: "Many without a match", "Nhiều lần không khớp";
    signal_no_match_ratio_what: "share of answers that matched nobody, within an hour", "tỷ lệ không khớp trong một giờ";
    signal_sequential_numbers: "Numbers in a row", "Số liên tiếp";
    signal_sequential_numbers_what: "personal numbers of a day that follow each other", "số định danh nối tiếp nhau trong một ngày";
    signal_many_officers: "One person, many officers", "Nhiều cán bộ, một công dân";
    signal_many_officers_what: "officers who asked about one person on a day", "số cán bộ hỏi về cùng một công dân trong một ngày";
    signal_off_hours: "Outside working hours", "Ngoài giờ làm việc";
    signal_off_hours_what: "questions of a day outside working hours", "số lần hỏi ngoài giờ trong một ngày";
    signal_self_lookup: "Officer about themselves", "Cán bộ tự tra cứu";
    signal_self_lookup_what: "questions of a day about one’s own number", "số lần hỏi về chính mình trong một ngày";
    signal_relatives_lookup: "Officer about a relative", "Cán bộ tra cứu người thân";
    signal_relatives_lookup_what: "questions of a day about a relative in one’s own record", "số lần hỏi về người thân trong một ngày";
    signal_sudden_volume: "Sudden volume", "Tăng đột biến";
    signal_sudden_volume_what: "questions, far above what is usual", "số lần hỏi, cao hơn hẳn mức thường ngày";

    // A person's report.
    report: "Who looked at a person", "Ai đã xem thông tin công dân";
    report_lead: "Every verification, lookup and filled form about one person, over all numbers they have had. Entries of confidential procedures are left out, so the report may be handed to the person.",
        "Mọi lần xác minh, tra cứu và điền biểu mẫu về một công dân, theo tất cả các số đã từng có. Không gồm thủ tục mật, nên có thể đưa báo cáo cho công dân.";
    report_reason: "Reason (optional, recorded)", "Lý do (không bắt buộc, sẽ được ghi lại)";
    report_do: "Make the report", "Lập báo cáo";
    report_of: "Report about the person with the number", "Báo cáo về công dân có số";
    report_made: "Made", "Lập lúc";
    report_total: "Entries in all:", "Tổng số bản ghi:";
    report_at_once: "Show all for printing, at most", "Hiện tất cả để in, tối đa";
    report_cut: "Only so many of the newest entries are shown here:", "Chỉ hiện số bản ghi mới nhất như sau:";
    report_cut_then: "There are more. Choose fewer days for a report that is whole.",
        "Vẫn còn bản ghi khác. Hãy chọn ít ngày hơn để báo cáo được đầy đủ.";
    report_empty: "Nobody has looked at this person in that time.", "Không ai xem thông tin công dân này trong thời gian đó.";

    // Numbers.
    overview: "Overview", "Tổng quan";
    span_days: "Time", "Khoảng thời gian";
    today: "today", "hôm nay";
    days: "days", "ngày";
    entries: "Entries", "Số bản ghi";
    fields_disclosed: "Fields disclosed", "Số trường đã cung cấp";
    papers_replaced: "Papers replaced", "Giấy tờ được thay thế";
    saved: "Saved", "Tiết kiệm";
    each_paper: "đồng; a paper is worth", "đồng; mỗi giấy tờ trị giá";
    per_day: "Entries a day", "Số bản ghi mỗi ngày";
    per_hour: "Entries an hour", "Số bản ghi mỗi giờ";
    hour: "Hour", "Giờ";
    as_table: "As a table", "Xem dạng bảng";
    day: "Day", "Ngày";
    by_agency: "By agency", "Theo cơ quan";
    by_procedure: "By procedure", "Theo thủ tục";
    by_decision: "By decision", "Theo quyết định";
    no_agency: "none: the system itself", "không có: chính hệ thống";
    no_procedure: "none: administration, auditors, the register", "không có: quản trị, giám sát, dữ liệu dân cư";
    share: "Share", "Tỷ lệ";
    and_more: "more", "mục khác";
    nothing_yet: "Nothing was recorded in that time.", "Không có bản ghi nào trong thời gian đó.";
    statistics: "Statistics", "Thống kê";
    group_by: "Tell apart by", "Phân theo";
    count_do: "Count", "Thống kê ngay";
    people: "People", "Số công dân";
    people_note: "Whoever occurs in several months counts in each.", "Công dân xuất hiện ở nhiều tháng được tính ở mỗi tháng.";
    signals_note: "Signals are counted where numbers are told apart by agency, system, officer or day only.",
        "Cảnh báo chỉ được đếm khi phân theo cơ quan, hệ thống, cán bộ hoặc ngày.";
    is_cut: "There are more groups than are shown here. Narrow the conditions, or ask the interface.",
        "Có nhiều nhóm hơn số đang hiện. Hãy thu hẹp điều kiện, hoặc dùng giao diện lập trình.";
    reconciliation: "Reconciliation", "Đối soát";
    reconciliation_lead: "A client’s day as a number and a digest, so that the agency can compare its own journal: SHA-256 over the ids of its answers in ascending order, each followed by a line feed.",
        "Số lượng và giá trị băm các bản ghi trong một ngày của một hệ thống, để cơ quan đối chiếu với nhật ký của mình: SHA-256 trên các mã bản ghi theo thứ tự tăng dần, mỗi mã kèm ký tự xuống dòng.";
    compare_do: "Compute", "Tính";
    digest: "Digest", "Giá trị băm";

    // An entry.
    entry: "Entry", "Bản ghi";
    at: "Time", "Thời điểm";
    what: "What", "Nội dung";
    who: "Who", "Ai hỏi";
    why: "Why", "Căn cứ";
    outcome: "Outcome", "Kết quả";
    agency: "Agency", "Cơ quan";
    client: "Client", "Hệ thống";
    officer: "Officer", "Cán bộ";
    token_id: "Token", "Mã truy cập số";
    token_sub: "Token’s subject", "Chủ thể của mã";
    target: "What was read or changed", "Đối tượng được đọc hoặc thay đổi";
    purpose: "The auditor’s reason", "Lý do của người kiểm tra";
    saw_people: "Saw people in the clear", "Đã xem rõ danh tính";
    yes: "Yes", "Có";
    address: "Network address", "Địa chỉ mạng";
    procedure: "Procedure", "Thủ tục";
    case: "Case", "Hồ sơ";
    operation: "Operation", "Thao tác";
    claims: "Claims compared", "Thông tin đối chiếu";
    asked: "Fields asked", "Trường được hỏi";
    disclosed: "Fields disclosed", "Trường đã cung cấp";
    withheld: "Fields withheld", "Trường bị giữ lại";
    papers: "Papers replaced", "Giấy tờ được thay thế";
    subject: "Person", "Công dân";
    decision: "Decision", "Quyết định";
    reason: "Reason", "Lý do";
    name_match: "Name matched", "Mức khớp họ tên";
    revision: "Revision disclosed", "Phiên bản đã cung cấp";
    pseudonym: "pseudonym", "mã giả danh";
    pseudonym_note: "People, officers and cases show as pseudonyms: the same one has the same pseudonym within a month.",
        "Công dân, cán bộ và hồ sơ hiển thị bằng mã giả danh: cùng một đối tượng có cùng mã trong một tháng.";
    reveal_entry: "Show who is behind the pseudonyms", "Xem người đứng sau mã giả danh";
    decision_match: "match", "khớp";
    decision_no_match: "no match", "không khớp";
    decision_refused: "refused", "từ chối";
    decision_failed: "failed", "lỗi";
    decision_done: "done", "đã thực hiện";

    // A proof.
    proof: "Proof", "Bằng chứng";
    proof_holds: "Proven: this entry is in the transparency log.",
        "Đã chứng minh: bản ghi này nằm trong nhật ký minh bạch.";
    proof_fails: "Not proven. The log’s operator must explain this.",
        "Không chứng minh được. Người vận hành nhật ký phải giải trình.";
    proof_pending: "Not sealed yet: no published checkpoint covers this entry.",
        "Chưa niêm phong: chưa có điểm kiểm tra đã công bố nào bao gồm bản ghi này.";
    proof_pending_then: "Sealing takes a second or two. Look again then.",
        "Việc niêm phong mất một, hai giây. Hãy xem lại sau.";
    look_again: "Look again", "Xem lại";
    proof_missing: "The proof could not be read. The log’s operator must explain this.",
        "Không đọc được bằng chứng. Người vận hành nhật ký phải giải trình.";
    check_leaf: "The leaf is the hash of the entry’s canonical bytes", "Lá là giá trị băm của bản ghi dạng chuẩn";
    check_bytes: "bytes", "byte";
    check_path: "The path leads from the leaf to the root in the checkpoint", "Đường dẫn đi từ lá tới gốc trong điểm kiểm tra";
    check_path_fails: "The path does not lead to the root in the checkpoint", "Đường dẫn không tới gốc trong điểm kiểm tra";
    check_steps: "steps", "bước";
    check_signed: "The checkpoint is signed with the log’s key", "Điểm kiểm tra được ký bằng khóa của nhật ký";
    check_unsigned: "The checkpoint is not signed with a key of the log that is known", "Điểm kiểm tra không được ký bằng khóa đã biết của nhật ký";
    check_witnessed: "Witnesses cosigned the checkpoint", "Điểm kiểm tra có đồng ký của nhân chứng";
    check_unwitnessed: "No witness has cosigned this checkpoint", "Chưa có nhân chứng nào đồng ký điểm kiểm tra này";
    check_own: "This page was made by the service that is audited. To rely on nobody, take the proof and the log’s key, and check them on a machine of your own with docs/examples/check_proof.py.",
        "Trang này do chính dịch vụ được giám sát tạo ra. Để không phải tin ai, hãy tải bằng chứng và khóa của nhật ký, rồi kiểm tra trên máy của bạn bằng docs/examples/check_proof.py.";
    download_proof: "Take the proof (JSON)", "Tải bằng chứng (JSON)";
    log_key_link: "The log’s key", "Khóa của nhật ký";
    path: "From the leaf to the root", "Từ lá đến gốc";
    path_caption: "Each step joins two neighbours: the hash of both is their parent’s.",
        "Mỗi bước ghép hai nút liền kề: giá trị băm của cả hai là nút cha.";
    leaf_number: "Leaf", "Lá số";
    leaves: "leaves", "các lá";
    root: "Root", "Gốc";
    step: "Step", "Bước";
    left: "Left", "Trái";
    right: "Right", "Phải";
    parent: "Parent", "Nút cha";
    sibling: "from the proof", "từ bằng chứng";
    computed: "computed", "tính được";
    only_leaf: "The tree has one leaf, which is its root.", "Cây chỉ có một lá, chính là gốc.";
    checkpoint: "Checkpoint", "Điểm kiểm tra";
    index: "Place in the log", "Vị trí trong nhật ký";
    tree_size: "Tree", "Cây";

    // The log.
    log: "Transparency log", "Nhật ký minh bạch";
    log_lead: "Every entry is a leaf of one tree. Its head is signed, kept in a second place and shown to everybody, so that no entry can be changed or removed unseen.",
        "Mỗi bản ghi là một lá của một cây. Đỉnh của cây được ký, lưu ở nơi thứ hai và công bố, nên không thể sửa hay xóa bản ghi mà không bị phát hiện.";
    log_empty: "No checkpoint has been published yet. The first follows within seconds of the first entry, where sealing is on.",
        "Chưa có điểm kiểm tra nào được công bố. Điểm đầu tiên xuất hiện vài giây sau bản ghi đầu tiên, nếu việc niêm phong đang chạy.";
    log_ok: "Sealing keeps up.", "Việc niêm phong theo kịp.";
    log_behind: "Sealing is behind. Until an entry is sealed, its removal would leave no trace.",
        "Việc niêm phong đang chậm. Khi bản ghi chưa được niêm phong, việc xóa sẽ không để lại dấu vết.";
    log_silent: "Lanes without an end: what they last wrote is not promised to be whole.",
        "Có luồng ghi chưa kết thúc: phần cuối của luồng chưa được bảo đảm đầy đủ.";
    entries_sealed: "Entries sealed", "Bản ghi đã niêm phong";
    newest_head: "Newest checkpoint", "Điểm kiểm tra mới nhất";
    ago: "old", "trước";
    seal_lag: "Seal lag", "Độ trễ niêm phong";
    waiting: "entries are waiting", "có bản ghi đang chờ";
    nothing_waits: "nothing is waiting", "không có gì chờ";
    silent_lanes: "Lanes without an end", "Luồng chưa kết thúc";
    origin: "Origin", "Tên nhật ký";
    signed_at: "Signed", "Thời điểm ký";
    keys: "Verifier keys", "Khóa kiểm tra";
    signatures: "Signatures on the newest checkpoint", "Chữ ký trên điểm kiểm tra mới nhất";
    signer: "Signer", "Người ký";
    key_id: "Key id", "Mã khóa";
    role: "Role", "Vai trò";
    role_log: "the log", "nhật ký";
    role_witness: "witness", "nhân chứng";
    checked: "Checked", "Đã kiểm tra";
    holds: "holds", "đúng";
    fails: "does not hold", "không đúng";
    with_its_key: "with the witness’s own key", "bằng khóa của nhân chứng";
    no_witness: "No witness has cosigned this checkpoint. Without witnesses, whoever holds the log’s key could show different logs to different people.",
        "Chưa có nhân chứng nào đồng ký. Không có nhân chứng, người giữ khóa có thể cho mỗi người xem một nhật ký khác nhau.";
    note: "Note as it is published", "Nguyên văn đã công bố";
    checkpoints: "Latest checkpoints", "Các điểm kiểm tra gần đây";
    checkpoints_caption: "Heads of the tree that were published, the newest first.",
        "Các đỉnh cây đã công bố, mới nhất trước.";
    witnesses: "Witnesses", "Nhân chứng";
    newest_found: "The newest entry that can be found was recorded", "Bản ghi mới nhất tìm được ghi lúc";
    search_behind: "Searching is behind: what was published for so long cannot be found yet:",
        "Việc tìm kiếm đang chậm: bản ghi đã công bố nhưng chưa tìm được từ";
    search_behind_then: "Numbers, searches and signals lack those entries.",
        "Số liệu, kết quả tìm kiếm và cảnh báo còn thiếu các bản ghi đó.";
    epochs: "Epochs", "Các kỷ nguyên";
    epochs_caption: "A new epoch begins a new tree, after a restored backup for example.",
        "Một kỷ nguyên mới bắt đầu một cây mới, ví dụ sau khi khôi phục bản sao lưu.";
    epoch: "Epoch", "Kỷ nguyên";
    size: "Leaves", "Số lá";
    state: "State", "Trạng thái";
    grows: "grows", "đang lớn";
    complete: "complete", "đã đóng";
    as_of: "As of", "Tính đến";
}

impl Words {
    /// What a kind of signal is called, and what it measures.
    pub fn signal(&self, kind: &str) -> (&'static str, &'static str) {
        match kind {
            "distinct_people" => (
                self.signal_distinct_people,
                self.signal_distinct_people_what,
            ),
            "no_match_ratio" => (self.signal_no_match_ratio, self.signal_no_match_ratio_what),
            "sequential_numbers" => (
                self.signal_sequential_numbers,
                self.signal_sequential_numbers_what,
            ),
            "many_officers" => (self.signal_many_officers, self.signal_many_officers_what),
            "off_hours" => (self.signal_off_hours, self.signal_off_hours_what),
            "self_lookup" => (self.signal_self_lookup, self.signal_self_lookup_what),
            "relatives_lookup" => (
                self.signal_relatives_lookup,
                self.signal_relatives_lookup_what,
            ),
            "sudden_volume" => (self.signal_sudden_volume, self.signal_sudden_volume_what),
            _ => (self.signal, ""),
        }
    }

    /// What a decision is called.
    pub const fn decision(&self, decision: Decision) -> &'static str {
        match decision {
            Decision::Match => self.decision_match,
            Decision::NoMatch => self.decision_no_match,
            Decision::Refused => self.decision_refused,
            Decision::Failed => self.decision_failed,
            Decision::Done => self.decision_done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages_and_they_differ() {
        for (name, english, vietnamese) in ALL {
            assert!(
                !english.trim().is_empty() && !vietnamese.trim().is_empty(),
                "{name}"
            );
            assert_ne!(english, vietnamese, "{name}");
        }
    }
}
