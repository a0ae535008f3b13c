//! Disks and bundles made to lead the program astray: it ends, soon, and reads nothing elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::collect::{Folder, azpreflight};

/// What stands in every file outside.
const CANARY: &str = "CANARYzq";
/// Whoever is not done by then never will be; a busy machine may take a while.
const LONG: Duration = Duration::from_mins(10);

/// A disk, and files outside that nothing on it may lead to.
struct Disk {
    folder: Folder,
}

impl Disk {
    fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("hostile-{name}"));
        fs::create_dir_all(folder.0.join("outside/etc")).unwrap();
        for path in ["outside/canary", "outside/waagent.log", "outside/etc/os-release", "outside/a.sh"] {
            let text = format!("http_proxy=http://{CANARY}:1\nPRETTY_NAME={CANARY}\n");
            fs::write(folder.0.join(path), text).unwrap();
        }
        for path in ["etc/profile.d", "var/log", "var/lib"] {
            fs::create_dir_all(folder.0.join("root").join(path)).unwrap();
        }
        Self { folder }
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.0.join("root").join(path)
    }

    /// When the files outside were last read.
    fn read_at(&self) -> Vec<(i64, i64)> {
        let names = ["canary", "waagent.log", "etc/os-release", "a.sh"];
        let about = names.map(|name| self.folder.0.join("outside").join(name).metadata().unwrap());
        about.iter().map(|about| (about.atime(), about.atime_nsec())).collect()
    }

    /// Judges and collects the disk; nothing of what is outside comes of it.
    fn survives(&self) -> Output {
        let before = self.read_at();
        let root = self.folder.0.join("root");
        let (root, bundle) = (root.to_str().unwrap(), self.folder.0.join("bundle"));
        let begin = Instant::now();
        let judged = azpreflight(&["check", "--root", root, "-v", "--format", "json"]);
        let collected = azpreflight(&["collect", "--root", root, "-o", bundle.to_str().unwrap()]);
        assert!(begin.elapsed() < LONG, "{:?}", begin.elapsed());
        assert!(matches!(judged.status.code(), Some(0 | 1 | 3)), "{judged:?}");
        assert!(collected.status.success(), "{collected:?}");
        for output in [&judged, &collected] {
            for bytes in [&output.stdout, &output.stderr] {
                assert!(!String::from_utf8_lossy(bytes).contains(CANARY));
            }
        }
        holds_nothing_of_outside(&bundle);
        assert_eq!(self.read_at(), before, "what is outside was read");
        judged
    }
}

/// The paths that an answer says could not be read.
fn unread(answer: &Output) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let unread = report["run"]["unread"].as_array().unwrap().iter();
    unread.map(|each| each["path"].as_str().unwrap().to_owned()).collect()
}

fn holds_nothing_of_outside(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds_nothing_of_outside(&path);
        } else {
            assert!(
                !String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(CANARY),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn links_lead_nowhere_else() {
    let disk = Disk::new("links");
    let outside = disk.folder.0.join("outside");
    symlink(outside.join("canary"), disk.at("etc/environment")).unwrap();
    symlink("../../outside/canary", disk.at("etc/waagent.conf")).unwrap();
    let up = "../".repeat(30) + outside.join("etc/os-release").to_str().unwrap();
    symlink(up, disk.at("etc/os-release")).unwrap();
    fs::remove_dir(disk.at("var/log")).unwrap();
    symlink(&outside, disk.at("var/log")).unwrap();
    symlink("../../outside", disk.at("var/lib/waagent")).unwrap();
    symlink("/proc/self/environ", disk.at("etc/profile.d/environ.sh")).unwrap();
    symlink("loop.sh", disk.at("etc/profile.d/loop.sh")).unwrap();
    for number in 0..500 {
        // Each leads to the next, and the last one out.
        symlink(format!("l{}.sh", number + 1), disk.at(&format!("etc/profile.d/l{number}.sh"))).unwrap();
    }
    symlink(outside.join("a.sh"), disk.at("etc/profile.d/l500.sh")).unwrap();
    disk.survives();
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let disk = Disk::new("kinds");
    for path in ["etc/environment", "etc/os-release", "var/log/waagent.log"] {
        assert!(Command::new("mkfifo").arg(disk.at(path)).status().unwrap().success());
    }
    let _listener = UnixListener::bind(disk.at("etc/waagent.conf")).unwrap();
    fs::create_dir(disk.at("etc/hosts")).unwrap();
    // Only root can make a device, and not everywhere.
    let mut odd = vec![
        "/etc/environment",
        "/etc/os-release",
        "/var/log/waagent.log",
        "/etc/waagent.conf",
        "/etc/hosts",
    ];
    let made = Command::new("mknod").arg(disk.at("etc/profile.d/zero.sh")).args(["c", "1", "5"]).status();
    if made.is_ok_and(|made| made.success()) {
        odd.push("/etc/profile.d/zero.sh");
    }
    let unread = unread(&disk.survives());
    for path in odd {
        assert!(unread.iter().any(|each| each == path), "{path}: {unread:?}");
    }
}

#[test]
fn links_that_lead_to_one_another_are_told() {
    let disk = Disk::new("loops");
    symlink("waagent.conf", disk.at("etc/waagent.conf")).unwrap();
    symlink("netplan", disk.at("etc/netplan")).unwrap();
    symlink("/var/lib/two", disk.at("var/lib/waagent")).unwrap();
    symlink("waagent", disk.at("var/lib/two")).unwrap();
    let unread = unread(&disk.survives());
    for path in ["/etc/waagent.conf", "/etc/netplan", "/var/lib/waagent"] {
        assert!(unread.iter().any(|each| each == path), "{path}: {unread:?}");
    }
}

#[test]
fn a_full_folder_hides_nothing() {
    let disk = Disk::new("full");
    let library = disk.at("var/lib/waagent");
    fs::create_dir_all(library.join("WALinuxAgent-2.9.1.1")).unwrap();
    for number in 0..24_000 {
        File::create(library.join(format!("GoalState.{number}.xml"))).unwrap();
        if number == 12_000 {
            fs::create_dir(library.join("WALinuxAgent-2.12.0.2")).unwrap();
        }
    }
    for number in 0..=500 {
        fs::write(disk.at(&format!("etc/profile.d/{number}.sh")), "export http_proxy=http://p:1\n").unwrap();
    }
    assert_eq!(unread(&disk.survives()), ["/etc/profile.d"]);
    let survey = fs::read_to_string(disk.folder.0.join("bundle/guest.json")).unwrap();
    assert!(survey.contains("WALinuxAgent-2.12.0.2") && survey.contains("WALinuxAgent-2.9.1.1"), "{survey}");
}

#[test]
fn many_names_for_one_large_file_are_read_only_so_far() {
    let disk = Disk::new("names");
    let folder = disk.at("etc/network/interfaces.d");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("0"), "# nothing\n".repeat(100_000)).unwrap();
    for number in 1..400 {
        fs::hard_link(folder.join("0"), folder.join(number.to_string())).unwrap();
    }
    let unread = unread(&disk.survives());
    assert!(unread.len() > 380 && unread.len() < 400, "{}", unread.len());
    assert!(unread.iter().all(|path| path.starts_with("/etc/network/interfaces.d/")), "{unread:?}");
}

#[test]
fn what_is_large_without_taking_room_is_not_read() {
    let disk = Disk::new("sparse");
    fs::create_dir_all(disk.at("Windows/System32/config")).unwrap();
    fs::create_dir_all(disk.at("WindowsAzure/Packages")).unwrap();
    for path in ["Windows/System32/config/SOFTWARE", "WindowsAzure/Packages/WaAppAgent.exe"] {
        File::create(disk.at(path)).unwrap().set_len(60 << 30).unwrap();
    }
    let unread = unread(&disk.survives());
    for path in [r"C:\Windows\System32\config\SOFTWARE", r"C:\WindowsAzure\Packages\WaAppAgent.exe"] {
        assert!(unread.iter().any(|each| each == path), "{path}: {unread:?}");
    }
}

#[test]
fn folders_that_root_alone_may_list_are_told() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let disk = Disk::new("locked");
    let locked = ["etc/netplan", "var/lib/NetworkManager", "etc/profile.d"];
    for path in locked {
        fs::create_dir_all(disk.at(path)).unwrap();
        fs::set_permissions(disk.at(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_azpreflight"));
    command.args(["check", "--format", "json", "--root"]).arg(disk.folder.0.join("root"));
    // Root may list every folder, and becomes nobody.
    if disk.folder.0.metadata().unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    let answer = command.output();
    for path in locked {
        fs::set_permissions(disk.at(path), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let Ok(answer) = answer else { return };
    let unread = unread(&answer);
    for path in locked {
        assert!(unread.iter().any(|each| each[1..] == *path), "{path}: {unread:?}");
    }
}

#[test]
fn what_is_large_is_read_in_part() {
    let disk = Disk::new("large");
    let mut log = File::create(disk.at("var/log/waagent.log")).unwrap();
    log.set_len(100 << 20).unwrap();
    log = OpenOptions::new().append(true).open(disk.at("var/log/waagent.log")).unwrap();
    log.write_all(b"\n2026-11-21T08:00:00Z INFO Daemon Azure Linux Agent Version:2.9.1.1\n").unwrap();
    File::create(disk.at("etc/environment")).unwrap().set_len(1 << 40).unwrap();
    let unread = unread(&disk.survives());
    assert!(unread.iter().any(|path| path == "/etc/environment"), "{unread:?}");
    let kept = fs::metadata(disk.folder.0.join("bundle/var/log/waagent.log")).map_or(0, |about| about.len());
    assert!(kept < 2 << 20, "{kept}");
}

#[test]
fn a_log_that_grows_meanwhile_ends() {
    let disk = Disk::new("grows");
    let path = disk.at("var/log/waagent.log");
    fs::write(&path, "").unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = OpenOptions::new().append(true).open(&path).unwrap();
            let line = "2026-11-21T08:00:00Z INFO ExtHandler on and on\n".repeat(100);
            while !done.load(Ordering::Relaxed) && log.metadata().unwrap().len() < 256 << 20 {
                log.write_all(line.as_bytes()).unwrap();
            }
        });
        disk.survives();
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn crowds_and_strange_names_are_borne() {
    let disk = Disk::new("crowds");
    for number in 0..30_000 {
        File::create(disk.at(&format!("etc/profile.d/{number}.txt"))).unwrap();
    }
    let strange = [
        "\u{1b}[31mred.sh",
        "a\nb.sh",
        "..sh",
        "c\\d.sh",
        "e:f.sh",
        "%41.sh",
        "\u{202e}x.sh",
        "-rf.sh",
        "ü.sh",
    ];
    for name in strange {
        fs::write(disk.at("etc/profile.d").join(name), "export http_proxy=http://p:1\n").unwrap();
    }
    let long = format!("{}.sh", "\n".repeat(250));
    fs::write(disk.at("etc/profile.d").join(long), "export http_proxy=http://p:1\n").unwrap();
    let bytes = std::os::unix::ffi::OsStrExt::from_bytes(&b"\xff\xfe.sh"[..]);
    let bytes: &std::ffi::OsStr = bytes;
    fs::write(disk.at("etc/profile.d").join(bytes), "export http_proxy=http://p:1\n").unwrap();
    disk.survives();
    let root = disk.folder.0.join("root");
    let bundle = disk.folder.0.join("bundle");
    for arguments in
        [&["check", "--root", root.to_str().unwrap(), "-v"][..], &["check", bundle.to_str().unwrap(), "-v"]]
    {
        let text = String::from_utf8(azpreflight(arguments).stdout).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
}

#[test]
fn a_bundle_of_lies_is_read_for_what_it_is() {
    let folder = Folder::new("hostile-bundle");
    let bundle = folder.0.join("bundle");
    fs::create_dir_all(bundle.join("etc/%2E%2E/x")).unwrap();
    fs::create_dir_all(bundle.join("C/..x")).unwrap();
    fs::write(folder.0.join("canary"), CANARY).unwrap();
    let survey = r#"{"schema":"azpreflight/guest/v1","system":"linux","hostName":"\u001b[31m\n../../x",
        "read":["/etc/passwd","../../../etc/passwd"],"links":[{"path":"/etc/waagent.conf","target":"/../../../etc/passwd"}],
        "folders":[{"path":"\n","entries":["..","\u001b]0;x\u0007"]}],
        "files":[{"path":"../../../../../canary","text":"http_proxy=http://p:1\n"},{"path":"/etc/waagent.conf","text":"{"}]}"#;
    fs::write(bundle.join("guest.json"), survey).unwrap();
    fs::write(bundle.join("etc/%2E%2E/x/environment"), "http_proxy=http://p:1\n").unwrap();
    fs::write(bundle.join("etc/os-release"), "\u{0}\u{1b}[31m").unwrap();
    symlink(folder.0.join("canary"), bundle.join("etc/environment")).unwrap();
    symlink("/", bundle.join("C/all")).unwrap();
    for form in [&["-v"][..], &["--format", "json"]] {
        let judged = azpreflight(&[&["check", bundle.to_str().unwrap()], form].concat());
        assert!(matches!(judged.status.code(), Some(0 | 1 | 3)), "{judged:?}");
        let text = String::from_utf8(judged.stdout).unwrap();
        assert!(!text.contains(CANARY) && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn zeros_of_a_power_cut_hide_nothing() {
    let disk = Disk::new("zeros");
    fs::write(disk.at("etc/fstab"), "UUID=1 / ext4 defaults 0 1\nUUID=2 /var ext4 noexec 0 2\n\0").unwrap();
    let judged: serde_json::Value = serde_json::from_slice(&disk.survives().stdout).unwrap();
    let checks = judged["vms"][0]["checks"].as_array().unwrap();
    let noexec = checks.iter().find(|check| check["id"] == "guest-var-noexec").unwrap();
    assert_eq!(noexec["outcome"], "fail", "{noexec:#}");
    // What is no text is not taken for an empty file.
    fs::write(disk.at("etc/fstab"), b"\x7fELF\0\x01\x02").unwrap();
    fs::remove_dir_all(disk.folder.0.join("bundle")).unwrap();
    let judged = disk.survives();
    assert!(unread(&judged).iter().any(|path| path.contains("fstab")), "{judged:?}");
    let report: serde_json::Value = serde_json::from_slice(&judged.stdout).unwrap();
    let noexec = report["vms"][0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "guest-var-noexec")
        .unwrap();
    assert_eq!(noexec["outcome"], "inconclusive", "{noexec:#}");
}
