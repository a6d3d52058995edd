//! What an auditor enters in the console, and what signs them in.

use super::{AGENCY, CASE, NUMBER, OFFICER, QUERY, TOKEN, Talk, VALUE};
use crate::support::raw::RawAnswer;

/// Signs in, searches by everything that names somebody, and enters what cannot be taken. Gives what
/// must be nowhere: the token and the session's id.
pub async fn console(talk: &mut Talk<'_>, token: &str) -> Vec<String> {
    let refused = post(talk, "/console/sign-in", "", &format!("token={TOKEN}")).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    talk.refused.push(refused);
    let entered = post(talk, "/console/sign-in", "", &format!("token={token}")).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let cookie = entered.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let named = format!("person={NUMBER}&officer={OFFICER}&case={CASE}&reason={VALUE}");
    for (path, body) in [
        ("/console/search", named.clone()),
        ("/console/export", named.clone()),
        ("/console/report", named),
    ] {
        let answer = post(talk, path, &cookie, &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    // What cannot be taken stands in its field again, and nowhere else.
    for (path, body) in [
        ("/console/search", format!("person={VALUE}&agency={AGENCY}")),
        ("/console/report", format!("person={VALUE}")),
        ("/console/entries", format!("audit_id={NUMBER}")),
    ] {
        let answer = post(talk, path, &cookie, &body).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
    }
    for path in [
        format!("/console/{QUERY}"),
        format!("/console/entries/{QUERY}"),
        format!("/console/search?cursor={QUERY}"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: dancu\r\nCookie: {cookie}\r\n\r\n");
        let answer = talk.send(request.into_bytes()).await;
        assert!(answer.status >= 400, "{path}");
        talk.refused.push(answer);
    }
    let id = cookie.split_once('=').unwrap().1;
    vec![token.to_owned(), id.to_owned()]
}

async fn post(talk: &Talk<'_>, path: &str, cookie: &str, body: &str) -> RawAnswer {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: dancu\r\nOrigin: https://dancu\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    talk.send(request.into_bytes()).await
}
