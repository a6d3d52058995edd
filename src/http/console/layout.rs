//! What all pages have in common: head, navigation, who is signed in, and headers that keep them
//! harmless.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::format::{Moment, number};
use super::names::{Named, Names};
use super::words::{Words, words};
use super::{language, session};
use crate::http::app::App;
use crate::http::call::Call;
use crate::http::problem::Language;

/// Everything comes from this service, and nothing stands in the page itself: no script, no style.
/// Forms are sent to this service only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The part of the console a page belongs to, for the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What happened lately.
    Overview,
    /// Searching entries.
    Search,
    /// Who looked at a person.
    Report,
    /// What somebody should look at.
    Signals,
    /// Numbers by group.
    Statistics,
    /// A client's day.
    Reconciliation,
    /// The transparency log.
    Log,
    /// Single entries.
    Entries,
    /// Signing in: nothing else can be reached.
    SignIn,
    /// Something failed; where one can go from there is not changed by it.
    Problem,
}

/// What every page shows around its own part.
pub struct Layout {
    pub language: Language,
    pub other: Language,
    pub w: &'static Words,
    /// This page in the other language.
    pub switch: String,
    /// Who is signed in; none where that is not known.
    pub who: Option<Who>,
    /// Where one can go from here; nowhere where one must sign in first.
    pub places: Vec<Place>,
    /// What codes are called.
    pub names: Names,
    /// Seconds that a step of a question may take, said beside what may take long.
    pub patience: String,
}

/// A part of the console in the navigation.
pub struct Place {
    pub address: &'static str,
    pub name: &'static str,
    pub is_here: bool,
}

/// Who is signed in.
pub struct Who {
    pub client: String,
    pub agency: Named,
    /// When the token ends.
    pub until: Moment,
    /// Whether the session is ours to end.
    pub by_session: bool,
}

impl Layout {
    /// For whoever is not signed in, or of whom that is not known.
    pub fn of(request: &HttpRequest, part: Part) -> Self {
        let language = language::of(request);
        let other = language::other(language);
        let w = words(language);
        let inside = part != Part::SignIn && session::may_be_open(request);
        Self {
            language,
            other,
            w,
            switch: language::switch(request, other),
            who: None,
            places: if inside { places(w, part) } else { Vec::new() },
            names: Names::default(),
            patience: number(App::of(request).search_timeout_s.into(), language),
        }
    }

    /// For whoever made the call.
    pub fn inside(call: &Call, part: Part) -> Self {
        let layout = Self::of(call.request(), part);
        let caller = call.caller();
        let names = Names::at(call);
        Self {
            who: Some(Who {
                client: caller.client.client_id.as_str().to_owned(),
                agency: names.agency(caller.agency_code().as_str()),
                until: Moment::of(call.token().expires_at, layout.language),
                by_session: session::is_claimed(call.request()),
            }),
            places: places(layout.w, part),
            names,
            ..layout
        }
    }
}

/// The navigation. What does not work is not in it.
fn places(w: &'static Words, here: Part) -> Vec<Place> {
    let place = |part, address, name| Place {
        address,
        name,
        is_here: part == here,
    };
    vec![
        place(Part::Overview, "/console", w.nav_overview),
        place(Part::Search, "/console/search", w.nav_search),
        place(Part::Entries, "/console/entries", w.nav_entries),
        place(Part::Report, "/console/report", w.nav_report),
        place(Part::Signals, "/console/signals", w.nav_signals),
        place(Part::Statistics, "/console/statistics", w.nav_statistics),
        place(
            Part::Reconciliation,
            "/console/reconciliation",
            w.nav_reconciliation,
        ),
        place(Part::Log, "/console/log", w.nav_log),
    ]
}

/// A page on its way out.
pub struct Shown {
    answer: HttpResponseBuilder,
    forget: bool,
}

impl Shown {
    /// With the status and the headers that were set so far.
    pub fn new(answer: HttpResponseBuilder) -> Self {
        Self {
            answer,
            forget: false,
        }
    }

    /// The browser is told to forget its session, which has ended.
    pub fn forgetting_the_session(self) -> Self {
        Self {
            forget: true,
            ..self
        }
    }

    /// Writes the page. Nobody may keep it.
    pub fn answer(mut self, request: &HttpRequest, page: &impl Template) -> HttpResponse {
        let html = page
            .render()
            .expect("a page is written to memory, from values that are there");
        self.answer
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CONTENT_LANGUAGE, language::of(request).tag()))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            // Not `no-referrer`: with that browsers say no origin when a form is sent.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(cookie) = language::to_remember(request) {
            self.answer.append_header((header::SET_COOKIE, cookie));
        }
        if self.forget && session::is_claimed(request) {
            let cookie = session::to_forget(request);
            self.answer.append_header((header::SET_COOKIE, cookie));
        }
        self.answer.body(html)
    }
}

/// A page that was read without a problem.
pub fn shown(request: &HttpRequest, page: &impl Template) -> HttpResponse {
    Shown::new(HttpResponse::Ok()).answer(request, page)
}
