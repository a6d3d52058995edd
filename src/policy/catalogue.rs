//! The catalogue of procedures: the one shipped with the program, and files of the same form.
//!
//! A catalogue is a JSON list of procedures, each as the admin API takes it. Codes that begin with
//! `dancu.` are our own, where the code in the National Database of Procedures was not confirmed.

use std::collections::HashSet;

use super::documents;
use crate::domain::fault::FaultCode;
use crate::domain::policy::Procedure;
use crate::json::{Fault, Malformed};

/// The text of the catalogue shipped with the program.
pub const SHIPPED: &[u8] = include_bytes!("../../sql/reference/procedures.json");

/// Why a file is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its procedures have faults.
    #[error("the catalogue has {} faults: {}", .0.len(), list(.0))]
    Faults(Vec<Fault>),
}

/// The procedures shipped with the program.
pub fn shipped() -> Vec<Procedure> {
    read(SHIPPED).expect("a test reads the shipped catalogue")
}

/// Reads a catalogue: every procedure well-formed, each code once.
pub fn read(text: &[u8]) -> Result<Vec<Procedure>, Error> {
    let procedures = documents::read_procedures(text)?.map_err(Error::Faults)?;
    let mut codes = HashSet::new();
    let twice: Vec<Fault> = procedures
        .iter()
        .enumerate()
        .filter(|(_, procedure)| !codes.insert(&procedure.code))
        .map(|(at, _)| Fault {
            pointer: format!("/{at}/code"),
            code: FaultCode::DuplicateMember,
            reason: "another procedure of the catalogue has this code",
        })
        .collect();
    if twice.is_empty() {
        Ok(procedures)
    } else {
        Err(Error::Faults(twice))
    }
}

/// Writes a catalogue, for people to read and [`read`] to take again.
pub fn write(procedures: &[Procedure]) -> String {
    let mut text = serde_json::to_string_pretty(procedures)
        .expect("plain data with text keys always serialises");
    text.push('\n');
    text
}

fn list(faults: &[Fault]) -> String {
    let lines: Vec<_> = faults
        .iter()
        .map(|fault| {
            format!(
                "{} {}: {}",
                fault.pointer,
                fault.code.as_str(),
                fault.reason
            )
        })
        .collect();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::{FieldMask, path_mask};
    use crate::domain::form;

    #[test]
    fn every_box_and_paper_of_the_shipped_catalogue_names_a_path_that_exists() {
        let procedures = shipped();
        assert!(procedures.len() >= 22, "{} procedures", procedures.len());
        for procedure in &procedures {
            let boxes = procedure.form.iter().flat_map(|form| form.boxes.iter());
            let paths = boxes.map(|one| one.field()).chain(
                procedure
                    .papers
                    .iter()
                    .flat_map(|paper| paper.fields.iter().copied()),
            );
            for path in paths {
                assert!(
                    path_mask(path.as_str()).is_some(),
                    "{}: {path:?}",
                    procedure.code
                );
            }
        }
    }

    /// Otherwise filling the form could never make it unnecessary.
    #[test]
    fn a_shipped_paper_wants_no_more_of_an_object_than_its_form_tells() {
        for procedure in shipped() {
            let mut told = FieldMask::EMPTY;
            let boxes = procedure.form.iter().flat_map(|form| form.boxes.iter());
            boxes.for_each(|one| told |= form::told(one));
            for paper in &procedure.papers {
                for field in paper.fields.iter().filter(|it| it.mask().intersects(&told)) {
                    let (code, paper) = (&procedure.code, &paper.code);
                    assert!(told.contains_all(field.mask()), "{code} {paper}: {field:?}");
                }
            }
        }
    }

    #[test]
    fn every_shipped_form_is_filled_and_every_shipped_procedure_rests_on_a_law() {
        for procedure in shipped() {
            assert!(procedure.legal_basis.is_some(), "{}", procedure.code);
            if let Some(form) = &procedure.form {
                assert!(form.boxes.iter().count() > 0, "{}", procedure.code);
            }
            let own = procedure.code.as_str().starts_with("dancu.");
            let national = procedure.code.as_str().len() == 8;
            assert!(own != national, "{}", procedure.code);
        }
    }

    #[test]
    fn a_written_catalogue_is_read_again_the_same() {
        let procedures = shipped();
        assert_eq!(read(write(&procedures).as_bytes()).unwrap(), procedures);
    }

    #[test]
    fn a_code_stands_in_a_catalogue_once_and_faults_have_their_place() {
        let twice = r#"[{"code": "a", "name": "x"}, {"code": "b", "name": "x"},
            {"code": "a", "name": "y"}]"#;
        let error = read(twice.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("/2/code duplicate_member"), "{error}");
        let error = read(br#"[{"code": "a"}]"#).unwrap_err().to_string();
        assert!(error.contains("/0/name required"), "{error}");
        assert!(matches!(read(b"["), Err(Error::Malformed(_))));
    }
}
