//! Numbers: the overview, statistics by group, and a client's day to be compared with its own journal.

use std::collections::HashMap;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;

use super::asked::{Entered, day};
use super::chart::{self, Columns, Row, Value};
use super::form::Form;
use super::format::{self, Moment, number, span};
use super::layout::{Layout, Part, Shown, shown};
use super::log::Reach;
use super::names::Named;
use super::vocabulary;
use super::words::Words;
use crate::clock::vietnam_day;
use crate::domain::entry::{Decision, Operation};
use crate::domain::fault::FromText;
use crate::domain::policy;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Language, Problem};
use crate::service::auditors::{
    Filters, Grouping, Overview, Showing, SignalFilters, StatisticsRow, StatisticsView, Totals,
    beginning,
};

/// How many days an overview may be of; the first is what it is of where nothing is said.
const SPANS: [i16; 4] = [7, 1, 30, 90];

/// An overview of so many days is drawn by the hour, a longer one by the day.
const HOURLY: i16 = 7;

/// Signals that are counted at most.
const COUNTED: usize = 500;

/// Rows of one group in the overview.
const TOP: usize = 12;

/// Rows of statistics that are shown; more are for the interface.
const MOST: usize = 500;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    l: Layout,
    spans: Vec<Span>,
    from: String,
    to: String,
    requests: String,
    fields: String,
    papers: String,
    /// What the papers would have cost, where that is configured.
    saved: Option<Saved>,
    chart_title: &'static str,
    chart_column: &'static str,
    chart: Columns,
    tops: Vec<Top>,
    signals: String,
    lag: String,
    is_behind: bool,
    reach: Reach,
}

struct Span {
    days: i16,
    name: String,
    is_here: bool,
}

struct Saved {
    total: String,
    each: String,
}

/// The groups with the most requests.
#[derive(Default)]
struct Top {
    id: &'static str,
    title: &'static str,
    column: &'static str,
    rows: Vec<(Named, Row)>,
    /// How many more there are.
    more: Option<String>,
}

/// `GET /console`: what happened lately.
pub async fn overview(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditStatistics).await?;
    let l = Layout::inside(&call, Part::Overview);
    let language = l.language;
    let form = Form::in_address(call.request());
    let chosen = form.get("days").parse().ok();
    let days = chosen.filter(|it| SPANS.contains(it)).unwrap_or(SPANS[0]);
    let today = vietnam_day(call.now());
    let first = (1..days).fold(today, |day, _| day.yesterday().unwrap_or(day));
    let from = beginning(first);
    let to = today.tomorrow().map_or(call.now(), beginning);
    let overview = call.app.auditors.overview(&call.asking(), from, to).await?;
    let app = &call.app;
    let lately = SignalFilters {
        from: Some(from),
        ..SignalFilters::default()
    };
    let signals = app
        .auditors
        .signals(&call.asking(), &lately, None, COUNTED, &Showing::default())
        .await?;
    let state = app.transparency.state(&call.asking(), &app.log).await?;
    let sum = |of: fn(&Totals) -> u64| {
        let totals = overview.hours.iter();
        totals.map(|(_, totals)| of(totals)).sum::<u64>()
    };
    let papers = sum(|totals| totals.papers);
    let saved = app.console.paper_cost.map(|cost| Saved {
        total: number(papers.saturating_mul(cost.into()), language),
        each: number(cost.into(), language),
    });
    let w = l.w;
    let agencies = top(&overview.agencies, language, |code| match code {
        "" => Named::text(w.no_agency),
        code => l.names.agency(code),
    });
    let procedures = top(&overview.procedures, language, |code| match code {
        "" => Named::text(w.no_procedure),
        code => l.names.procedure(code),
    });
    let decisions = top(&overview.decisions, language, |word| {
        Named::text(&decision(word, w))
    });
    let by_hour = days <= HOURLY;
    let values = if by_hour {
        each_hour(&overview, from, to, language)
    } else {
        each_day(&overview, first, today, language)
    };
    let page = OverviewPage {
        spans: spans(days, w),
        from: format::day(first, language),
        to: format::day(today, language),
        requests: number(sum(|totals| totals.requests), language),
        fields: number(sum(|totals| totals.disclosed), language),
        papers: number(papers, language),
        saved,
        chart_title: if by_hour { w.per_hour } else { w.per_day },
        chart_column: if by_hour { w.hour } else { w.day },
        chart: chart::columns(&values, language),
        tops: vec![
            agencies.titled("agencies", w.by_agency, w.agency),
            procedures.titled("procedures", w.by_procedure, w.procedure),
            decisions.titled("decisions", w.by_decision, w.decision),
        ],
        signals: match &signals.next_cursor {
            None => number(signals.signals.len() as u64, language),
            Some(_) => format!("{}+", number(COUNTED as u64, language)),
        },
        lag: span(state.behind_seconds, language),
        is_behind: super::log::is_behind(&state),
        reach: Reach::of(&state.searchable, call.now(), language),
        l,
    };
    Ok(shown(call.request(), &page))
}

async fn counted(
    call: &Call,
    grouping: Grouping,
    filters: &Filters,
) -> Result<StatisticsView, Problem> {
    let (asking, showing) = (call.asking(), Showing::default());
    let auditors = &call.app.auditors;
    Ok(auditors
        .statistics(&asking, grouping, filters, &showing)
        .await?)
}

impl Top {
    fn titled(self, id: &'static str, title: &'static str, column: &'static str) -> Self {
        Self {
            id,
            title,
            column,
            ..self
        }
    }
}

fn top(groups: &[(String, Totals)], language: Language, name: impl Fn(&str) -> Named) -> Top {
    let shown = &groups[..groups.len().min(TOP)];
    let value = |(code, totals): &(String, Totals)| Value {
        name: code.clone(),
        count: totals.requests,
    };
    let values: Vec<Value> = shown.iter().map(value).collect();
    let more = (groups.len() - shown.len()) as u64;
    let named = |row: Row| (name(&row.name), row);
    Top {
        rows: chart::rows(&values, language)
            .into_iter()
            .map(named)
            .collect(),
        more: (more > 0).then(|| number(more, language)),
        ..Top::default()
    }
}

/// A value for every hour, also for those in which nothing happened.
fn each_hour(
    overview: &Overview,
    from: Timestamp,
    to: Timestamp,
    language: Language,
) -> Vec<Value> {
    let counted: HashMap<Timestamp, u64> = overview
        .hours
        .iter()
        .map(|(hour, totals)| (*hour, totals.requests))
        .collect();
    let hour = jiff::SignedDuration::from_hours(1);
    let following = |at: &Timestamp| at.checked_add(hour).ok();
    std::iter::successors(Some(from), following)
        .take_while(|at| *at < to)
        .map(|at| Value {
            name: format::hour(at, language),
            count: counted.get(&at).copied().unwrap_or(0),
        })
        .collect()
}

/// A value for every day, also for those on which nothing happened.
fn each_day(overview: &Overview, first: Date, last: Date, language: Language) -> Vec<Value> {
    let mut counted: HashMap<Date, u64> = HashMap::new();
    for (hour, totals) in &overview.hours {
        *counted.entry(vietnam_day(*hour)).or_default() += totals.requests;
    }
    let following = |day: &Date| day.tomorrow().ok();
    std::iter::successors(Some(first), following)
        .take_while(|day| *day <= last)
        .map(|day| Value {
            name: format::day(day, language),
            count: counted.get(&day).copied().unwrap_or(0),
        })
        .collect()
}

fn spans(here: i16, w: &'static Words) -> Vec<Span> {
    let mut all = SPANS;
    all.sort_unstable();
    let span = |days: i16| Span {
        days,
        name: match days {
            1 => w.today.to_owned(),
            _ => format!("{days} {}", w.days),
        },
        is_here: days == here,
    };
    all.into_iter().map(span).collect()
}

fn decision(word: &str, w: &'static Words) -> String {
    Decision::parse(word).map_or_else(|| word.to_owned(), |one| w.decision(one).to_owned())
}

#[derive(Template)]
#[template(path = "console/statistics.html")]
struct StatisticsPage {
    l: Layout,
    f: Entered,
    groups: Vec<Group>,
    /// None where what was entered could not be taken.
    table: Option<Table>,
}

/// Something numbers can be told apart by.
struct Group {
    word: &'static str,
    name: &'static str,
    is_chosen: bool,
}

struct Table {
    heads: Vec<&'static str>,
    lines: Vec<Line>,
    /// Whether signals can be told apart as the numbers are.
    has_signals: bool,
    /// Whether there are more groups than are shown.
    is_cut: bool,
}

struct Line {
    names: Vec<Named>,
    requests: String,
    length: u32,
    people: String,
    fields: String,
    papers: String,
    signals: String,
}

/// `GET /console/statistics`.
pub async fn statistics(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditStatistics).await?;
    let l = Layout::inside(&call, Part::Statistics);
    let form = Form::in_address(call.request());
    let mut chosen: Vec<&str> = form.all("by").collect();
    if chosen.is_empty() {
        chosen = vec!["agency", "operation"];
    }
    let w = l.w;
    let known = [
        ("agency", w.agency),
        ("client", w.client),
        ("procedure", w.procedure),
        ("officer", w.officer),
        ("day", w.day),
        ("operation", w.operation),
        ("decision", w.decision),
    ];
    let groups: Vec<Group> = known
        .into_iter()
        .map(|(word, name)| Group {
            word,
            name,
            is_chosen: chosen.contains(&word),
        })
        .collect();
    let mut entered = Entered::in_address(&form);
    let table = match entered.read() {
        Some(asked) => {
            let is = |word: &str| groups.iter().any(|it| it.word == word && it.is_chosen);
            let grouping = Grouping {
                agency: is("agency"),
                client: is("client"),
                procedure: is("procedure"),
                officer: is("officer"),
                day: is("day"),
                operation: is("operation"),
                decision: is("decision"),
            };
            let view = counted(&call, grouping, &asked.filters).await?;
            Some(table(&view, &groups, &l))
        }
        None => None,
    };
    let page = StatisticsPage {
        f: entered,
        groups,
        table,
        l,
    };
    let answer = if page.table.is_some() {
        HttpResponse::Ok()
    } else {
        Problem::new(Code::ValidationFailed).head(page.l.language)
    };
    Ok(Shown::new(answer).answer(call.request(), &page))
}

fn table(view: &StatisticsView, groups: &[Group], l: &Layout) -> Table {
    let (w, language) = (l.w, l.language);
    let values: Vec<Value> = view
        .rows
        .iter()
        .take(MOST)
        .map(|row| Value {
            name: String::new(),
            count: row.requests,
        })
        .collect();
    let lengths = chart::rows(&values, language);
    let chosen = || groups.iter().filter(|group| group.is_chosen);
    let name = |row: &StatisticsRow, word: &str| {
        let found = match word {
            "agency" => row.agency.as_deref().map(|code| l.names.agency(code)),
            "client" => row.client.as_deref().map(Named::text),
            "procedure" => row.procedure.as_deref().map(|code| l.names.procedure(code)),
            "officer" => row.officer.as_deref().map(Named::code),
            "day" => row.day.map(|day| Named::text(&format::day(day, language))),
            "operation" => row
                .operation
                .as_deref()
                .map(|word| Named::text(&vocabulary::operation(word, language).name)),
            _ => row
                .decision
                .as_deref()
                .map(|word| Named::text(&decision(word, w))),
        };
        found.unwrap_or_else(|| Named::text("—"))
    };
    let line = |(row, bar): (&StatisticsRow, Row)| Line {
        names: chosen().map(|group| name(row, group.word)).collect(),
        requests: bar.count,
        length: bar.length,
        people: number(row.people, language),
        fields: number(row.fields_disclosed, language),
        papers: number(row.papers_replaced, language),
        signals: row
            .signals
            .map_or_else(|| "—".to_owned(), |signals| number(signals, language)),
    };
    Table {
        heads: chosen().map(|group| group.name).collect(),
        has_signals: view.rows.iter().any(|row| row.signals.is_some()),
        is_cut: view.truncated || view.rows.len() > MOST,
        lines: view.rows.iter().zip(lengths).map(line).collect(),
    }
}

#[derive(Template)]
#[template(path = "console/reconciliation.html")]
struct ReconciliationPage {
    l: Layout,
    client: String,
    day: String,
    wrong: Vec<&'static str>,
    result: Option<Compared>,
}

struct Compared {
    day: String,
    entries: String,
    digest: String,
    is_complete: bool,
    complete_to: Option<String>,
    as_of: Moment,
}

impl ReconciliationPage {
    fn is_wrong(&self, name: &str) -> bool {
        self.wrong.contains(&name)
    }
}

/// `GET /console/reconciliation`: a client's day as a digest.
pub async fn reconciliation(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditReconciliation).await?;
    let l = Layout::inside(&call, Part::Reconciliation);
    let form = Form::in_address(call.request());
    let (client, date) = (form.get("client"), form.get("day"));
    let mut wrong = Vec::new();
    let mut result = None;
    if !client.is_empty() || !date.is_empty() {
        let known = policy::Code::from_text(client).ok();
        let on = day(date);
        if known.is_none() {
            wrong.push("client");
        }
        if on.is_none() {
            wrong.push("day");
        }
        if let (Some(known), Some(on)) = (known, on) {
            let (asking, auditors) = (call.asking(), &call.app.auditors);
            let view = auditors.reconciliation(&asking, on, known.as_str()).await?;
            let complete = view.complete_to_index;
            result = Some(Compared {
                day: format::day(on, l.language),
                entries: number(view.entries, l.language),
                digest: view.digest,
                is_complete: view.complete,
                complete_to: complete.map(|index| number(index, l.language)),
                as_of: Moment::of(call.now(), l.language),
            });
        }
    }
    let answer = if wrong.is_empty() {
        HttpResponse::Ok()
    } else {
        Problem::new(Code::ValidationFailed).head(l.language)
    };
    let page = ReconciliationPage {
        client: client.to_owned(),
        day: date.to_owned(),
        wrong,
        result,
        l,
    };
    Ok(Shown::new(answer).answer(call.request(), &page))
}
