//! What a witness is handed is read strictly, and written as it is read.

use proptest::prelude::*;

use super::super::{Hash, MAX_PROOF_LENGTH, Note, Submission, SubmissionError};

/// The example of C2SP tlog-witness.
const EXAMPLE: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

#[test]
fn the_submission_of_the_specification_is_read_and_written() {
    let submission = Submission::parse(EXAMPLE).unwrap();
    assert_eq!((submission.old, submission.proof.len()), (20_852_014, 4));
    assert_eq!(submission.note.signatures().len(), 2);
    assert_eq!(submission.to_string(), EXAMPLE);
}

#[test]
fn a_proof_has_at_most_63_lines() {
    let note = Submission::parse(EXAMPLE).unwrap().note;
    let of = |lines: usize| Submission {
        old: 1,
        proof: vec![Hash([0; 32]); lines],
        note: note.clone(),
    };
    let longest = of(MAX_PROOF_LENGTH);
    assert_eq!(Submission::parse(&longest.to_string()), Ok(longest));
    assert_eq!(
        Submission::parse(&of(MAX_PROOF_LENGTH + 1).to_string()),
        Err(SubmissionError::Length)
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(old in 0..=u64::MAX >> 1, proof in prop::collection::vec(any::<[u8; 32]>(), 0..64)) {
        let note = Note::parse(EXAMPLE.split_once("\n\n").unwrap().1).unwrap();
        let submission = Submission { old, proof: proof.into_iter().map(Hash).collect(), note };
        prop_assert_eq!(Submission::parse(&submission.to_string()), Ok(submission));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*", at in 0..EXAMPLE.len()) {
        let _refused = Submission::parse(&text);
        if let (Some(head), Some(tail)) = (EXAMPLE.get(..at), EXAMPLE.get(at..)) {
            let spliced = format!("{head}{text}{tail}");
            if let Ok(submission) = Submission::parse(&spliced) {
                // Read strictly: there is one way to write a submission.
                prop_assert_eq!(submission.to_string(), spliced);
            }
        }
    }
}
