//! Has valgrind count: runs this program again under it, and reads what it wrote.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use super::Failure;
use super::steps::{STEPS, TIMES};

/// The word by which this program knows that it is the one that is counted; a step's number follows.
pub const UNDER: &str = "--under-callgrind";
/// The function in which instructions count, whatever its name is wrapped in.
const COUNTED: &str = "*instructions_counted_here*";

/// What counts depend on, and the instructions of each step. Steps are counted apart, so that none finds
/// memory as another left it, and several at a time, for what else the machine does makes no difference.
pub fn count() -> Result<(Vec<String>, Vec<u64>), Failure> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("counts");
    fs::create_dir_all(&directory)?;
    let numbers: Vec<usize> = (0..STEPS.len()).collect();
    let mut counted = Vec::new();
    for some in numbers.chunks(thread::available_parallelism()?.get()) {
        counted.extend(thread::scope(|scope| {
            let running: Vec<_> = some
                .iter()
                .map(|step| scope.spawn(|| count_one(*step, &directory)))
                .collect();
            let ended = running
                .into_iter()
                .map(|one| one.join().expect("it does not panic"));
            ended.collect::<Result<Vec<_>, Failure>>()
        })?);
    }
    let (mut instructions, counts): (Vec<_>, Vec<_>) = counted.into_iter().unzip();
    let circumstances = vec![
        said_by(&compiler(), &["--version"])?,
        said_by("valgrind", &["--version"])?,
        instructions.pop().ok_or("there are no steps")?,
    ];
    Ok((circumstances, counts))
}

/// The instructions that a step could choose from, and how many it took.
fn count_one(step: usize, directory: &Path) -> Result<(String, u64), Failure> {
    let name = STEPS[step].0.replace(", ", "-").replace(' ', "-");
    let out = directory.join(format!("{name}.out"));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--vgdb=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .args([UNDER, &step.to_string()])
        // Where the environment is larger, the stack lies elsewhere.
        .env_clear()
        .envs(std::env::var("PATH").map(|path| ("PATH", path)))
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into());
    }
    let instructions = String::from_utf8(run.stdout)?.trim().to_owned();
    Ok((instructions, total(&out)?))
}

/// The target that this was built for, or nearly: of the compiler's own machine.
pub fn target() -> Result<String, Failure> {
    let verbose = said_by(&compiler(), &["--version", "--verbose"])?;
    let host = verbose.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .ok_or("the compiler does not say where it runs")?
        .to_owned())
}

/// The instructions beyond the least that code may choose from: of those it is offered here, which under
/// valgrind are not all that the processor has.
pub fn instructions() -> String {
    let offered = std::iter::empty();
    #[cfg(target_arch = "x86_64")]
    let offered = offered.chain(
        [
            ("aes", is_x86_feature_detected!("aes")),
            ("avx", is_x86_feature_detected!("avx")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
            ("bmi2", is_x86_feature_detected!("bmi2")),
            ("sha", is_x86_feature_detected!("sha")),
        ]
        .into_iter()
        .filter_map(|(name, is_offered)| is_offered.then_some(name)),
    );
    let offered: Vec<&str> = offered.collect();
    format!("{} {}", std::env::consts::ARCH, offered.join(" "))
}

/// The instructions in one of callgrind's files, of one time.
fn total(file: &Path) -> Result<u64, Failure> {
    let text = fs::read_to_string(file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total.ok_or("callgrind wrote no total")?.trim().parse()?;
    if total == 0 {
        return Err("callgrind counted nothing: its function was not found".into());
    }
    Ok(total / TIMES)
}

fn compiler() -> String {
    std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

fn said_by(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let run = Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8(run.stdout)?.trim().to_owned())
}
