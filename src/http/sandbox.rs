//! `/sandbox`: for every outcome a person of a demonstration, the request to paste and the answer to
//! expect, as a page without a script. A service that is no demonstration has none. Not here: who the
//! people are, and what is answered about them.

use std::net::SocketAddr;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::app::App;
use super::envelope::Envelope;
use super::problem::{Code, Language, Problem};
use super::problem_pages::{Chosen, STYLE, Words, other, page, words};

/// A text in English and in Vietnamese.
pub type Text = [&'static str; 2];

/// What can be tried.
#[derive(Clone, Debug, Default)]
pub struct Sandbox {
    /// In the order of the page.
    pub sections: Vec<Section>,
}

/// Trials of one kind.
#[derive(Clone, Debug)]
pub struct Section {
    /// What they have in common.
    pub title: Text,
    /// In the order of the page.
    pub trials: Vec<Trial>,
}

/// A request and what it is answered.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is shown by it.
    pub about: Text,
    /// The variable of the shell that holds the token; none is sent where this is absent.
    pub token: Option<&'static str>,
    /// Where it is posted to.
    pub path: &'static str,
    /// The JSON text that is posted. No apostrophe is in it, for it is shown between two.
    pub body: String,
    /// The status of the answer.
    pub status: u16,
    /// The answer's JSON: `"…"` stands for a text that differs from time to time, and of a problem the
    /// members that are always the same are shown.
    pub answer: String,
}

impl Trial {
    /// The request as a shell takes it.
    fn request(&self, address: SocketAddr) -> String {
        let Self { path, body, .. } = self;
        let token = self.token.map_or_else(String::new, |variable| {
            format!(" -H \"Authorization: Bearer ${variable}\"")
        });
        format!(
            "curl -s http://{address}{path}{token} \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{body}'"
        )
    }
}

/// The page.
pub async fn show(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let app = App::of(&request);
    let sandbox = app.sandbox.as_deref();
    let sandbox = sandbox.ok_or_else(|| Problem::new(Code::NotFound))?;
    let chosen = Chosen::of(&request);
    let language = chosen.language;
    // A demonstration is asked where it listens: no proxy is in front of it.
    let address = request.app_config().local_addr();
    let sections = sandbox.sections.iter().map(|section| ShownSection {
        title: in_language(section.title, language),
        trials: section
            .trials
            .iter()
            .map(|trial| ShownTrial {
                about: in_language(trial.about, language),
                request: trial.request(address),
                status: trial.status,
                answer: &trial.answer,
            })
            .collect(),
    });
    let template = SandboxPage {
        language,
        other: other(language),
        words: words(language),
        query: chosen.query(),
        is_index: false,
        title: in_language(TITLE, language),
        introduction: in_language(INTRODUCTION, language),
        request: in_language(REQUEST, language),
        answer: in_language(ANSWER, language),
        sections: sections.collect(),
    };
    page(&request, language, &template)
}

#[derive(Template)]
#[template(path = "sandbox.html")]
struct SandboxPage<'a> {
    language: Language,
    other: Language,
    words: &'static Words,
    query: &'static str,
    is_index: bool,
    title: &'static str,
    introduction: &'static str,
    request: &'static str,
    answer: &'static str,
    sections: Vec<ShownSection<'a>>,
}

struct ShownSection<'a> {
    title: &'static str,
    trials: Vec<ShownTrial<'a>>,
}

struct ShownTrial<'a> {
    about: &'static str,
    request: String,
    status: u16,
    answer: &'a str,
}

const fn in_language([english, vietnamese]: Text, language: Language) -> &'static str {
    match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    }
}

const TITLE: Text = ["Sandbox", "Bộ tình huống thử"];
const REQUEST: Text = ["Request", "Yêu cầu"];
const ANSWER: Text = ["Answer", "Trả lời"];
const INTRODUCTION: Text = [
    "For every outcome a person of this demonstration, the request to paste into a shell, and the \
     answer to expect. Paste first the lines with tokens that the demonstration printed. In answers … \
     stands for what differs from time to time; of problems only what is always the same is shown. \
     None of these people exists.",
    "Với mỗi kết quả có thể xảy ra: một người trong dữ liệu mẫu, yêu cầu để dán vào cửa sổ lệnh và câu \
     trả lời sẽ nhận được. Trước hết hãy dán các dòng mã truy cập mà bản mẫu đã in ra. Trong câu trả \
     lời, … thay cho phần thay đổi theo từng lần; với các lỗi chỉ hiển thị phần không đổi. Không ai \
     trong số những người này có thật.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_command_with_and_without_a_token() {
        let trial = |token| Trial {
            about: ["a", "b"],
            token,
            path: "/v1/verify",
            body: "{}".into(),
            status: 200,
            answer: "{}".into(),
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        assert_eq!(
            trial(Some("BANK")).request(address),
            "curl -s http://127.0.0.1:8080/v1/verify -H \"Authorization: Bearer $BANK\" \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{}'"
        );
        assert!(!trial(None).request(address).contains("Bearer"));
    }
}
