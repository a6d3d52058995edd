//! Every route there is, in one table: what is served, what is described, what is tested.

use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::admission::Class;
use super::envelope;
use super::problem::{Code, Problem};
use super::{console, docs, log, ops, problem_pages, protected_resource, sandbox, v1};

/// One operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: &'static str,
    /// Its path, with `{…}` where a part varies.
    pub path: &'static str,
    /// Its name in metrics and logs.
    pub operation: &'static str,
    /// Whether it needs no token.
    pub open: bool,
    /// Whether its body may be as large as a batch's.
    pub bulky: bool,
    /// Whether it is a page or a file of the auditors' console: for people, so not described, and
    /// with a way to sign in of its own.
    pub console: bool,
    /// Whose places it takes.
    pub class: Class,
}

impl Route {
    /// Whether the method carries a body.
    pub fn takes_body(&self) -> bool {
        self.method == "PUT"
            || (self.method == "POST"
                && !self.path.ends_with("/suspend")
                && !self.path.ends_with("/resume"))
    }
}

/// Nothing of ours: an unknown path.
static UNKNOWN: Route = Route {
    method: "",
    path: "",
    operation: "unknown",
    open: true,
    bulky: false,
    console: false,
    class: Class::Free,
};

macro_rules! routes {
    (@open open) => { true };
    (@open guarded) => { false };
    (@open bulky) => { false };
    (@open page) => { false };
    (@open public) => { true };
    (@bulky bulky) => { true };
    (@bulky open) => { false };
    (@bulky guarded) => { false };
    (@bulky page) => { false };
    (@bulky public) => { false };
    (@console page) => { true };
    (@console public) => { true };
    (@console open) => { false };
    (@console guarded) => { false };
    (@console bulky) => { false };
    ($($path:literal: $($method:ident $handler:path, $operation:literal, $kind:ident;)+)*) => {
        /// Every operation, in the order of the description.
        pub static ROUTES: &[Route] = &[$($(Route {
            method: stringify!($method),
            path: $path,
            operation: $operation,
            open: routes!(@open $kind),
            bulky: routes!(@bulky $kind),
            console: routes!(@console $kind),
            class: Class::of($path),
        },)+)*];

        /// Serves every route, and problems where there is none.
        pub fn configure(config: &mut ServiceConfig) {
            $(
                let mut resource = web::resource(pattern($path));
                let mut allowed = String::new();
                $(
                    allow(&mut allowed, stringify!($method));
                    resource = resource.route(on(stringify!($method)).to(
                        |request: HttpRequest, payload: Payload| {
                            let route = find(stringify!($method), $path);
                            envelope::run(route, request.clone(), payload, move |payload, envelope| {
                                $handler(request, payload, envelope)
                            })
                        },
                    ));
                )+
                // Leaked once a worker: a dozen short texts that live as long as the process.
                let allowed: &'static str = allowed.leak();
                config.service(resource.default_service(web::to(
                    move |request: HttpRequest, payload: Payload| {
                        envelope::run(&UNKNOWN, request, payload, move |_, _| async move {
                            Err(Problem::method(allowed))
                        })
                    },
                )));
            )*
            config.default_service(web::to(|request: HttpRequest, payload: Payload| {
                envelope::run(&UNKNOWN, request, payload, |_, _| async {
                    Err(Problem::new(Code::NotFound))
                })
            }));
        }
    };
}

routes! {
    "/v1/verify": POST v1::verify::one, "verify", guarded;
    "/v1/lookup": POST v1::lookup::one, "lookup", guarded;
    "/v1/prefill": POST v1::prefill::one, "prefill", guarded;
    "/v1/verify/batch": POST v1::verify::batch, "verify_batch", bulky;
    "/v1/lookup/batch": POST v1::lookup::batch, "lookup_batch", bulky;
    "/v1/me": GET v1::me::get, "me", guarded;
    "/v1/register/changes": POST v1::register::changes, "register_changes", bulky;
    "/v1/audit/search": POST v1::auditors::search, "audit_search", guarded;
    "/v1/audit/subject-report": POST v1::auditors::subject_report, "audit_subject_report", guarded;
    "/v1/audit/statistics": POST v1::auditors::statistics, "audit_statistics", guarded;
    "/v1/audit/export": POST v1::auditors::export, "audit_export", guarded;
    "/v1/audit/reconciliation":
        POST v1::auditors::reconciliation, "audit_reconciliation", guarded;
    "/v1/audit/signals": POST v1::signals::list, "audit_signals", guarded;
    "/v1/audit/signals/{signal_id}/entries":
        POST v1::signals::entries, "audit_signal_entries", guarded;
    "/v1/audit/entries/{audit_id}": GET v1::entries::get, "audit_entry", guarded;
    "/v1/audit/entries/{audit_id}/proof": GET v1::entries::proof, "audit_proof", guarded;
    "/v1/admin/agencies": GET v1::admin::agencies::list, "admin_agency_list", guarded;
    "/v1/admin/agencies/{id}":
        GET v1::admin::agencies::get, "admin_agency_get", guarded;
        PUT v1::admin::agencies::put, "admin_agency_put", guarded;
        DELETE v1::admin::agencies::delete, "admin_agency_delete", guarded;
    "/v1/admin/clients": GET v1::admin::clients::list, "admin_client_list", guarded;
    "/v1/admin/clients/{id}":
        GET v1::admin::clients::get, "admin_client_get", guarded;
        PUT v1::admin::clients::put, "admin_client_put", guarded;
        DELETE v1::admin::clients::delete, "admin_client_delete", guarded;
    "/v1/admin/procedures": GET v1::admin::procedures::list, "admin_procedure_list", guarded;
    "/v1/admin/procedures/{id}":
        GET v1::admin::procedures::get, "admin_procedure_get", guarded;
        PUT v1::admin::procedures::put, "admin_procedure_put", guarded;
        DELETE v1::admin::procedures::delete, "admin_procedure_delete", guarded;
    "/v1/admin/agreements": GET v1::admin::agreements::list, "admin_agreement_list", guarded;
    "/v1/admin/agreements/{id}":
        GET v1::admin::agreements::get, "admin_agreement_get", guarded;
        PUT v1::admin::agreements::put, "admin_agreement_put", guarded;
        DELETE v1::admin::agreements::delete, "admin_agreement_delete", guarded;
    "/v1/admin/officers": GET v1::admin::officers::list, "admin_officer_list", guarded;
    "/v1/admin/officers/{id}":
        GET v1::admin::officers::get, "admin_officer_get", guarded;
        PUT v1::admin::officers::put, "admin_officer_put", guarded;
        DELETE v1::admin::officers::delete, "admin_officer_delete", guarded;
    "/v1/admin/clients/{id}/suspend": POST v1::admin::suspend, "admin_client_suspend", guarded;
    "/v1/admin/clients/{id}/resume": POST v1::admin::resume, "admin_client_resume", guarded;
    "/log/checkpoint": GET log::checkpoint::newest, "log_checkpoint", open;
    "/log/key": GET log::key::list, "log_key", open;
    "/log/tile/{tile_path}": GET log::tile::newest, "log_tile", open;
    "/log/{epoch}/checkpoint": GET log::checkpoint::of_epoch, "log_epoch_checkpoint", open;
    "/log/{epoch}/tile/{tile_path}": GET log::tile::of_epoch, "log_epoch_tile", open;
    "/.well-known/oauth-protected-resource":
        GET protected_resource::metadata, "protected_resource", open;
    "/health/live": GET ops::live, "health_live", open;
    "/health/ready": GET ops::ready, "health_ready", open;
    "/health/startup": GET ops::startup, "health_startup", open;
    "/openapi.json": GET docs::description, "openapi", open;
    "/docs": GET docs::page, "docs", open;
    "/docs/{file}": GET docs::file, "docs_file", open;
    "/problems": GET problem_pages::index, "problems", open;
    "/problems/{code}": GET problem_pages::one, "problem", open;
    "/sandbox": GET sandbox::show, "sandbox", open;
    "/console": GET console::numbers::overview, "console_overview", page;
    "/console/search":
        GET console::search::page, "console_search", page;
        POST console::search::posted, "console_search_posted", page;
    "/console/export": POST console::search::export, "console_export", page;
    "/console/report":
        GET console::search::report_form, "console_report_form", page;
        POST console::search::report, "console_report", page;
    "/console/signals":
        GET console::signals::page, "console_signals", page;
        POST console::signals::posted, "console_signals_posted", page;
    "/console/signals/{signal_id}":
        GET console::signals::one, "console_signal", page;
        POST console::signals::one_posted, "console_signal_posted", page;
    "/console/statistics": GET console::numbers::statistics, "console_statistics", page;
    "/console/reconciliation":
        GET console::numbers::reconciliation, "console_reconciliation", page;
    "/console/sign-in":
        GET console::sign::form, "console_sign_in_form", public;
        POST console::sign::enter, "console_sign_in", page;
    "/console/sign-out": POST console::sign::leave, "console_sign_out", page;
    "/console/log": GET console::log::page, "console_log", page;
    "/console/entries":
        GET console::entry::find, "console_find", page;
        POST console::entry::look_up, "console_look_up", page;
    "/console/entries/{audit_id}":
        GET console::entry::page, "console_entry", page;
        POST console::entry::posted, "console_entry_posted", page;
    "/console/entries/{audit_id}/proof.json": GET console::entry::proof, "console_proof", page;
    "/console/files/{file}": GET console::files::file, "console_file", public;
}

fn find(method: &str, path: &str) -> &'static Route {
    ROUTES
        .iter()
        .find(|route| route.method == method && route.path == path)
        .unwrap_or(&UNKNOWN)
}

/// The path as it is matched: that of a tile has slashes in it.
fn pattern(path: &str) -> String {
    path.replace("{tile_path}", "{tile_path:.*}")
}

fn on(method: &str) -> actix_web::Route {
    match method {
        "GET" => web::route()
            .guard(actix_web::guard::Any(actix_web::guard::Get()).or(actix_web::guard::Head())),
        "PUT" => web::put(),
        "DELETE" => web::delete(),
        _ => web::post(),
    }
}

/// A resource that is read is also asked for its head (RFC 9110 section 9.3.2).
fn allow(allowed: &mut String, method: &str) {
    if !allowed.is_empty() {
        allowed.push_str(", ");
    }
    allowed.push_str(if method == "GET" { "GET, HEAD" } else { method });
}

/// A JSON answer about a person, which nobody may keep.
pub fn json(body: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((actix_web::http::header::CONTENT_TYPE, "application/json"))
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .body(body)
}
