//! Removing spaces and folders, those of runs that were killed too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// What the names of all spaces and folders begin with; the id of the process that made them follows, then `-`.
pub(super) const MARK: &str = "azpreflight-lab-";

/// Where the folders are: other users must be able to enter.
pub(super) fn folders() -> PathBuf {
    std::env::temp_dir()
}

/// Where `ip netns exec` finds what to put over `/etc`.
pub(super) fn settings(space: &str) -> PathBuf {
    Path::new("/etc/netns").join(space)
}

/// Removes, once a process, what processes that are no more have left behind.
pub(super) fn remove() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for name in abandoned(Path::new("/run/netns")) {
            remove_space(&name);
        }
        for parent in [PathBuf::from("/etc/netns"), folders()] {
            for name in abandoned(&parent) {
                drop(fs::remove_dir_all(parent.join(name)));
            }
        }
    });
}

/// Ends all that runs in a space, then removes it.
pub(super) fn remove_space(name: &str) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        let pids = pids(name);
        if pids.is_empty() {
            break;
        }
        for pid in pids {
            // It may have ended already.
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(Command::new("ip").args(["netns", "delete", name]).output());
    drop(fs::remove_dir_all(settings(name)));
}

fn pids(space: &str) -> Vec<Pid> {
    let listed = Command::new("ip").args(["netns", "pids", space]).output();
    let text = listed.map(|output| output.stdout).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).into_owned();
    lines.lines().filter_map(|line| line.trim().parse().ok().and_then(Pid::from_raw)).collect()
}

/// The entries of a folder that bear our mark and whose maker is no more.
fn abandoned(parent: &Path) -> Vec<String> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| maker(name).is_some_and(|pid| !Path::new("/proc").join(pid).exists())).collect()
}

fn maker(name: &str) -> Option<&str> {
    let (pid, _) = name.strip_prefix(MARK)?.split_once('-')?;
    (!pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit())).then_some(pid)
}

#[test]
fn only_our_own_names_are_taken_for_leftovers() {
    assert_eq!(maker("azpreflight-lab-123-0-guest"), Some("123"));
    assert_eq!(maker("azpreflight-lab-x-0"), None);
    assert_eq!(maker("other-123-0"), None);
}
