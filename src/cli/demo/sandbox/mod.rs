//! What a demonstration's page of trials shows: for every outcome a person of the population, the request
//! and the answer. Not here: the page itself. A test asks every line and compares.

mod answers;
mod forms;
mod lives;
mod names;
mod numbers;
mod question;
mod reading;
mod refusals;

use crate::domain::citizen::Citizen;
use crate::http::{Sandbox, Section, Text, Trial};
use crate::synth::{Case, Population};

/// A person of that kind; a small population may have none.
fn example(population: &Population, case: Case) -> Option<Citizen> {
    let index = population.example(case)?;
    Some(population.citizen(index))
}

/// Everything that can be tried with those people.
pub fn sandbox(population: &Population) -> Sandbox {
    let Some(plain) = example(population, Case::Plain) else {
        return Sandbox::default();
    };
    let section = |title: Text, trials: Vec<Trial>| Section { title, trials };
    Sandbox {
        sections: vec![
            section(
                ["Names and birth dates", "Họ tên và ngày sinh"],
                names::trials(population, &plain),
            ),
            section(
                ["Numbers", "Số định danh"],
                numbers::trials(population, &plain),
            ),
            section(
                ["Life status and protection", "Tình trạng và bảo vệ"],
                lives::trials(population),
            ),
            section(
                ["Reading fields", "Tra cứu trường thông tin"],
                reading::trials(population, &plain),
            ),
            section(
                ["Forms", "Điền sẵn biểu mẫu"],
                forms::trials(population, &plain),
            ),
            section(["Refusals", "Từ chối"], refusals::trials(&plain)),
        ],
    }
}
