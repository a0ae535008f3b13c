//! Mounts made by a real kernel in a name space of their own, with every kind of name: what the program reads of them, beside
//! what `findmnt` says, and what holds a path, beside what the kernel answers for a file opened there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use azpreflight::guest::Mounts;
use azpreflight::input::{Bundle, Document};
use azpreflight::wire;
use serde_json::Value;

/// Names as a shell's `$'…'` writes them: blanks, control characters, quotes, backslashes, no UTF-8.
const NAMES: [&str; 9] = [
    "plain",
    "a b",
    "c\\td\\ne",
    "x\\\\y#z",
    "\\xff\\xfe",
    "\\xc3\\xa9\\\"q",
    "comma,equals=",
    "-",
    "\\\\040",
];
/// Options that a mount of memory may have.
const OPTIONS: [&str; 5] = ["rw", "noexec", "ro,nosuid,nodev", "noexec,size=64k", "nodev,noatime,mode=700"];

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("azpreflight-mounts-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a script where its mounts and its network are its own; `None` where this machine does not allow that.
fn apart(folder: &Path, script: &str) -> Option<Output> {
    let may = Command::new("unshare").args(["-n", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "bash", "-ec", script]).current_dir(folder).env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}

/// A mount in the words of both: number, parent, device, folder of the file system, point, options, kind, source, options.
type Row = (u64, u64, String, String, String, String, String, String, String);

fn ours(bytes: &[u8]) -> Mounts {
    let document = Document { name: "mountinfo".into(), bytes: bytes.to_vec(), named_by_user: true };
    wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.storage.mounted.unwrap().value
}

fn rows(mounts: &Mounts) -> Vec<Row> {
    let row = |mount: &azpreflight::guest::Mount| {
        let device = format!("{}:{}", mount.device.0, mount.device.1);
        let (options, shared) = (mount.options.join(","), mount.shared_options.join(","));
        let names = [&mount.root, &mount.point, &mount.kind, &mount.source].map(String::clone);
        let [root, point, kind, source] = names;
        (mount.id, mount.parent, device, root, point, options, kind, source, shared)
    };
    mounts.iter().map(row).collect()
}

fn theirs(bytes: &[u8]) -> Vec<Row> {
    let all: Value = serde_json::from_str(&String::from_utf8_lossy(bytes)).unwrap();
    let row = |each: &Value| {
        let text = |key: &str| each[key].as_str().unwrap_or_default().to_owned();
        // Of a part of a file system findmnt says `source[/part]`.
        let (root, mut source) = (text("fsroot"), text("source"));
        if root != "/"
            && let Some(bare) = source.strip_suffix(&format!("[{root}]"))
        {
            source = bare.to_owned();
        }
        (
            each["id"].as_u64().unwrap(),
            each["parent"].as_u64().unwrap(),
            text("maj:min"),
            root,
            text("target"),
            text("vfs-options"),
            text("fstype"),
            source,
            text("fs-options"),
        )
    };
    all["filesystems"].as_array().unwrap().iter().map(row).collect()
}

/// A tree of mounts that a number decides: memory, parts of it at second places, over one another, moved.
fn script(mut seed: u64) -> String {
    let mut next = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % limit
    };
    let mut text = String::from("mkdir top; mount -t tmpfs none top; mount --make-rprivate /\n");
    let mut places = vec!["top".to_owned()];
    for _ in 0..14 {
        let below = places[next(places.len())].clone();
        let (name, options) = (NAMES[next(NAMES.len())], OPTIONS[next(OPTIONS.len())]);
        let place = if next(4) == 0 { below.clone() } else { format!("{below}/{name}") };
        let from = places[next(places.len())].clone();
        // A place may be read-only, or hidden by now: then nothing happens there.
        let _ = match next(4) {
            0 => writeln!(text, "mkdir -p -- $'{place}' && mount --bind -- $'{from}' $'{place}' || :"),
            1 => writeln!(
                text,
                "mkdir -p -- $'{place}' && mount --bind -- $'{from}' $'{place}' && mount -o remount,bind,{} -- $'{place}' || :",
                ["noexec", "ro", "exec"][next(3)]
            ),
            _ => writeln!(
                text,
                "mkdir -p -- $'{place}' && mount -t tmpfs -o {options} -- $'so urce{name}' $'{place}' || :"
            ),
        };
        places.push(place);
    }
    text.push_str("cat /proc/self/mountinfo > \"$OUT/mountinfo\"\n");
    text.push_str("findmnt -J --list -o ID,PARENT,MAJ:MIN,FSROOT,TARGET,VFS-OPTIONS,FSTYPE,SOURCE,FS-OPTIONS > \"$OUT/findmnt\"\n");
    for (number, place) in places.iter().enumerate() {
        let _ = writeln!(
            text,
            "if exec 3< $'{place}'; then printf '%s' $'{place}' > \"$OUT/path{number}\"; grep mnt_id /proc/self/fdinfo/3 > \"$OUT/id{number}\"; exec 3<&-; fi 2> /dev/null || :"
        );
    }
    text
}

#[test]
fn what_is_read_is_what_findmnt_and_the_kernel_say() {
    let mut compared = 0;
    for seed in 1..=24 {
        let (folder, out) = (Folder::new(&format!("tree{seed}")), Folder::new(&format!("out{seed}")));
        let script = format!("OUT='{}'\n{}", out.0.display(), script(seed));
        if apart(&folder.0, &script).is_none() {
            return;
        }
        let mounts = ours(&fs::read(out.0.join("mountinfo")).unwrap());
        assert_eq!(rows(&mounts), theirs(&fs::read(out.0.join("findmnt")).unwrap()), "{script}");
        for number in 0..=14 {
            let Ok(path) = fs::read(out.0.join(format!("path{number}"))) else { continue };
            let said = fs::read_to_string(out.0.join(format!("id{number}"))).unwrap();
            let id: u64 = said.trim_start_matches("mnt_id:").trim().parse().unwrap();
            let path = format!("{}/{}", folder.0.display(), String::from_utf8_lossy(&path));
            assert_eq!(mounts.of(&path).map(|mount| mount.id), Some(id), "{path}\n{script}");
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} paths");
}

#[test]
fn an_option_of_a_table_means_what_mount_makes_of_it() {
    let folder = Folder::new("table");
    let options = [
        "defaults",
        "noexec",
        "user",
        "users",
        "owner",
        "user,exec",
        "exec,user",
        "noexec,exec",
        "noexec,defaults",
        "nofail,nodev",
    ];
    let mut table = String::new();
    let mut script = String::from("mount -t tmpfs none /mnt\n");
    for (number, options) in options.iter().enumerate() {
        let _ = writeln!(table, "none /mnt/m{number} tmpfs {options} 0 0");
        let _ = writeln!(script, "mkdir /mnt/m{number}; mount -T fstab /mnt/m{number}");
    }
    script.push_str("cat /proc/self/mountinfo\n");
    fs::write(folder.0.join("fstab"), &table).unwrap();
    let Some(output) = apart(&folder.0, &script) else { return };
    let mounts = ours(&output.stdout);
    let document = Document { name: "fstab".into(), bytes: table.into_bytes(), named_by_user: true };
    let facts = wire::parse(&Bundle { documents: vec![document] }).unwrap();
    for (number, options) in options.iter().enumerate() {
        let path = format!("/mnt/m{number}/x");
        let planned = facts.guest.storage.planned.of(&path).unwrap().value.forbids_programs();
        assert_eq!(mounts.of(&path).unwrap().forbids_programs(), planned, "{options}");
    }
}

#[test]
fn the_program_sees_what_is_mounted_where_it_runs() {
    let folder = Folder::new("here");
    let program = env!("CARGO_BIN_EXE_azpreflight");
    let run = |options: &str| {
        let script = format!(
            "mount -t tmpfs -o {options} none /var/lib; '{program}' check --here --format json > answer.json || [ $? -le 3 ]"
        );
        apart(&folder.0, &script)?;
        let answer: Value = serde_json::from_slice(&fs::read(folder.0.join("answer.json")).unwrap()).unwrap();
        let checks = answer["vms"][0]["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["id"] == "guest-var-noexec")
    };
    let Some(check) = run("noexec") else { return };
    let message = check["findings"][0]["message"].as_str();
    assert!(message.is_some_and(|text| text.contains("`/var/lib` is mounted `noexec`")), "{check:#}");
    assert_eq!(run("exec").unwrap()["outcome"], "pass");
}
