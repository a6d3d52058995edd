//! Walking along personal numbers: those that have all but the running digits in common and whose
//! running digits follow each other. In which order they were asked for does not matter.

use super::PersonalId;

/// Numbers that follow each other, in ascending order; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk(Vec<PersonalId>);

impl Walk {
    /// The numbers.
    pub fn numbers(&self) -> &[PersonalId] {
        &self.0
    }
}

/// The walks along these numbers: each number is in exactly one, and the next one of a walk is at most
/// `step` further. A number that is given twice counts once.
pub fn walks(mut numbers: Vec<PersonalId>, step: u32) -> Vec<Walk> {
    // By digits, which is by what is in common and then by the running ones.
    numbers.sort_unstable();
    numbers.dedup();
    let mut walks: Vec<Walk> = Vec::new();
    for number in numbers {
        match walks.last_mut() {
            Some(Walk(walk)) if walk.last().is_some_and(|last| follows(last, &number, step)) => {
                walk.push(number);
            }
            _ => walks.push(Walk(vec![number])),
        }
    }
    walks
}

fn follows(one: &PersonalId, next: &PersonalId, step: u32) -> bool {
    one.as_str()[..6] == next.as_str()[..6] && next.running() - one.running() <= step
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(common: u32, running: u32) -> PersonalId {
        PersonalId::parse(&format!("{common:06}{running:06}")).unwrap()
    }

    fn lengths(numbers: &[(u32, u32)], step: u32) -> Vec<usize> {
        let numbers = numbers
            .iter()
            .map(|(common, running)| number(*common, *running));
        let walks = walks(numbers.collect(), step);
        walks.iter().map(|walk| walk.numbers().len()).collect()
    }

    #[test]
    fn a_walk_goes_on_while_the_next_number_is_near() {
        let asked = [(1095, 7), (1095, 5), (1095, 6), (1095, 9), (1095, 6)];
        assert_eq!(lengths(&asked, 1), [3, 1]);
        assert_eq!(lengths(&asked, 2), [4]);
        assert_eq!(lengths(&[], 2), [0; 0]);
    }

    #[test]
    fn people_who_have_less_in_common_are_no_walk() {
        assert_eq!(lengths(&[(1095, 5), (1096, 6), (1195, 7)], 3), [1, 1, 1]);
        // The last of one year and the first of the next are neighbours as numbers only.
        assert_eq!(lengths(&[(1095, 999_999), (1096, 0)], 1), [1, 1]);
    }

    proptest! {
        #[test]
        fn running_digits_are_written_as_they_are_read(common in 0_u32..1_000_000, running in 0_u32..1_000_000) {
            let one = number(common, running);
            prop_assert_eq!(one.running(), running);
            prop_assert_eq!(one.with_running(running), Some(one));
            prop_assert_eq!(number(common, 0).with_running(running), Some(one));
            prop_assert_eq!(one.with_running(1_000_000 + running), None);
        }

        #[test]
        fn every_number_is_in_one_walk_and_walks_are_apart(
            asked in proptest::collection::vec((0_u32..3, 0_u32..60), 0..80),
            step in 1_u32..5,
        ) {
            let numbers: Vec<PersonalId> =
                asked.iter().map(|(common, running)| number(*common, *running)).collect();
            let walks = walks(numbers.clone(), step);
            let walked: Vec<PersonalId> =
                walks.iter().flat_map(|walk| walk.numbers().to_vec()).collect();
            let mut distinct = numbers;
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(&walked, &distinct, "in ascending order, and each once");
            for walk in &walks {
                for pair in walk.numbers().windows(2) {
                    prop_assert!(follows(&pair[0], &pair[1], step));
                }
            }
            for pair in walks.windows(2) {
                let (last, first) = (pair[0].numbers().last().unwrap(), &pair[1].numbers()[0]);
                prop_assert!(!follows(last, first, step), "no walk is cut in two");
            }
        }

        #[test]
        fn the_order_of_questions_does_not_hide_a_walk(
            start in 0_u32..999_000, length in 1_u32..40, seed in any::<u64>(),
        ) {
            let mut numbers: Vec<PersonalId> =
                (start..start + length).map(|running| number(1095, running)).collect();
            let count = numbers.len();
            for at in 0..count {
                numbers.swap(at, (seed.rotate_left(at as u32) % count as u64) as usize);
            }
            prop_assert_eq!(walks(numbers, 1).len(), 1);
        }
    }
}
