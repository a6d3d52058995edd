//! The service kept up for another generator, to compare this one with: one verification as a script
//! of wrk, to be sent to either handler.

use std::fs;
use std::io::Read as _;

use super::child::Started;
use super::dice::Dice;
use super::requests::Requests;
use super::service::EMPTY;
use super::workload::Workload;
use super::{Failure, say};

/// Says how to ask, and waits for the end of standard input.
pub fn hold(started: &Started, requests: &Requests) -> Result<(), Failure> {
    let mut request = Vec::new();
    requests
        .of(Workload::Verify)
        .write(&mut Dice::new(1), &mut request);
    let request = String::from_utf8(request)?;
    let (head, body) = request
        .split_once("\r\n\r\n")
        .ok_or("a request without an end")?;
    let header = |name: &str| {
        let lines = head.lines();
        let mut found = lines.filter_map(|line| line.strip_prefix(name));
        found.next().unwrap_or_default().to_owned()
    };
    let script = format!(
        "wrk.method = \"POST\"\nwrk.body = [[{body}]]\n\
         wrk.headers[\"Authorization\"] = \"{}\"\n\
         wrk.headers[\"Content-Type\"] = \"application/json\"\n\
         wrk.headers[\"Accept\"] = \"application/json\"\n\
         wrk.headers[\"User-Agent\"] = \"dancu-load\"\n",
        header("Authorization: ")
    );
    let path = started.data_dir.join("verify.lua");
    fs::write(&path, script)?;
    let wrk = |url: String| format!("wrk -t2 -c64 -d5 --latency -s {} {url}", path.display());
    say(&wrk(format!("http://{}{EMPTY}", started.empty_address)));
    say(&wrk(format!(
        "http://{}{}",
        started.address,
        Workload::Verify.path()
    )));
    say("The end of the input (Ctrl-D) ends the service.");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
