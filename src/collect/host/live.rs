//! What only a running machine has: processes, a clock, how much there is of everything.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::lists::{self, Order};
use super::orders;
use super::root::{How, Root};
use super::survey::{Survey, Unread};
use super::volumes;
use crate::input::Document;

/// With this code `sc` says that there is no such service.
const NO_SUCH_SERVICE: i32 = 1060;
/// Folders of programs, in the order in which they are looked through.
const FOLDERS: [&str; 6] =
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/share/oem/bin"];
/// The space of process numbers that the kernel starts with: its number is a constant of the kernel.
const FIRST_SPACE: &str = "pid:[4026531836]";
/// How many processes are looked at for the VM agent's.
const MOST_PROCESSES: usize = 100_000;
/// The most of a command line that is read.
const COMMAND_LINE: How = How::Whole(1 << 16);

/// Measures this machine.
pub(super) fn measure(root: &Root, survey: &mut Survey) {
    // Whole seconds: nothing here needs more, and nobody reads more.
    survey.collected_at =
        jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).ok().map(|now| now.to_string());
    let text = |path: &str| {
        let (_, bytes) = root.read(path, How::Whole(1 << 16)).ok().flatten()?;
        String::from_utf8(bytes).ok()
    };
    // What a process may use can be fewer than what the machine has.
    let usable =
        || std::thread::available_parallelism().ok().and_then(|count| u64::try_from(count.get()).ok());
    survey.processors =
        text("/sys/devices/system/cpu/present").as_deref().and_then(processors).or_else(usable);
    survey.host_name = text("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned());
    survey.memory_bytes = text("/proc/meminfo").as_deref().and_then(memory);
    survey.processes =
        sees_all(root).then(|| agent_processes(root).into_iter().map(|(_, line)| line).collect());
    #[cfg(unix)]
    {
        survey.privileged = Some(rustix::process::geteuid().is_root());
        survey.architecture = Some(rustix::system::uname().machine().to_string_lossy().into_owned());
    }
    volumes::of_machine(root, survey);
}

/// `MemTotal:  8123456 kB`.
fn memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let number: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    number.checked_mul(1024)
}

/// `0-3,6`: five processors.
fn processors(text: &str) -> Option<u64> {
    let count = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        last.checked_sub(first)?.checked_add(1)
    };
    text.trim().split(',').map(count).try_fold(0_u64, |sum, count| sum.checked_add(count?))
}

/// Whether all processes of the machine can be seen: `hidepid` of `/proc` hides those of root, of which the first one is;
/// and inside a container, or any other space of process numbers than the first, there are only its own.
fn sees_all(root: &Root) -> bool {
    let space = fs::read_link(root.base().join("proc/self/ns/pid"));
    // A kernel without such spaces has no such link.
    space.map_or_else(|error| error.kind() == ErrorKind::NotFound, |space| space == Path::new(FIRST_SPACE))
        && root.read("/proc/1/cmdline", COMMAND_LINE).is_ok_and(|read| read.is_some())
}

/// The VM agent's own processes in the order of their numbers: where each stands, and its command line.
pub(super) fn agent_processes(root: &Root) -> Vec<(PathBuf, String)> {
    let processes =
        fs::read_dir(root.base().join("proc")).into_iter().flatten().flatten().take(MOST_PROCESSES);
    let mut numbers: Vec<u32> =
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    let line = |number: &u32| {
        let (_, bytes) = root.read(&format!("/proc/{number}/cmdline"), COMMAND_LINE).ok().flatten()?;
        let words: Vec<String> =
            bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let is_agent = |word: &String| {
            let name = word.rsplit('/').next().unwrap_or_default();
            name == "waagent" || name.starts_with("WALinuxAgent-")
        };
        let line = words.join(" ").trim().to_owned();
        words.iter().take(4).any(is_agent).then(|| (root.base().join("proc").join(number.to_string()), line))
    };
    numbers.iter().filter_map(line).collect()
}

/// The commands of this system, and the folders that their programs stand in.
fn commands() -> (&'static [Order], Vec<PathBuf>) {
    if cfg!(windows) {
        let windows = env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
        (lists::WINDOWS_ORDERS, vec![windows.join("System32")])
    } else {
        (lists::ORDERS, FOLDERS.iter().map(PathBuf::from).collect())
    }
}

/// What the commands say, each a document.
pub(super) fn said(survey: &mut Survey) -> Vec<Document> {
    let (commands, folders) = commands();
    let path = FOLDERS.join(":");
    let mut documents = Vec::new();
    for order in commands {
        let Some(program) = orders::program(order.program, &folders) else {
            survey.absent.push(order.document.to_owned());
            continue;
        };
        let refused = |reason: String| Unread {
            path: order.document.to_owned(),
            reason,
            root: order.root && survey.privileged == Some(false),
        };
        match orders::run(&program, order.arguments, &path) {
            Ok(said) if said.well => {
                documents.push(Document {
                    name: order.document.into(),
                    bytes: said.output,
                    named_by_user: false,
                });
            }
            Ok(said) if said.code == Some(NO_SUCH_SERVICE) => survey.absent.push(order.document.to_owned()),
            Ok(said) => {
                survey.unread.push(refused(format!("`{}` failed: {}", order.program, said.complaint)))
            }
            Err(error) => survey.unread.push(refused(format!("`{}`: {error}", order.program))),
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_kibibytes() {
        assert_eq!(memory("MemFree: 1 kB\nMemTotal:        2048 kB\n"), None.or(Some(2048 * 1024)));
        assert_eq!(memory("MemTotal: x kB"), None);
    }

    #[test]
    fn processors_are_told_in_ranges() {
        assert_eq!(processors("0-3,6\n"), Some(5));
        assert_eq!(processors("0\n"), Some(1));
        assert_eq!(
            (processors(""), processors("3-1"), processors("0-18446744073709551615")),
            (None, None, None)
        );
    }
}
