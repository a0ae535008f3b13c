//! The program inside containers of a real kernel, as nobody in particular: a root with hardly anything in it, process
//! numbers, mounts and a network of its own. What it sees there is not the VM, and it says so instead of guessing.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::Run;
use crate::collect::Folder;

/// The number that stands for nobody on every Linux.
const NOBODY: &str = "65534";

/// A root with the program, what it is linked with, and the least that an image of a container has.
fn image(name: &str) -> Folder {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(name);
    let program = Path::new(env!("CARGO_BIN_EXE_azpreflight"));
    let linked = Command::new("ldd").arg(program).output().expect("ldd");
    let linked = String::from_utf8(linked.stdout).unwrap();
    let libraries = linked.split_whitespace().filter(|word| word.starts_with('/'));
    let put = |from: &Path, at: &str| {
        let to = folder.0.join(at.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    };
    libraries.for_each(|library| put(Path::new(library), library));
    put(program, "/azpreflight");
    for name in ["proc", "etc", "run", "tmp"] {
        fs::create_dir_all(folder.0.join(name)).unwrap();
    }
    fs::write(folder.0.join("etc/os-release"), "ID=alpine\nVERSION_ID=3.20.3\n").unwrap();
    fs::set_permissions(folder.0.join("tmp"), fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

/// Runs the program in there; `None` where this machine does not let an ordinary user have name spaces of his own.
fn inside(image: &Folder, proc: bool, arguments: &[&str]) -> Option<Run> {
    let spaces: &[&str] =
        &["--user", "--map-current-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork"];
    let ordinary = |rest: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "unshare"]);
        command.args(spaces).args(rest);
        command
    };
    if !ordinary(&["true"]).output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let root = format!("--root={}", image.0.display());
    let mounted: &[&str] = if proc { &["--mount-proc=/proc"] } else { &[] };
    let mut command = ordinary(mounted);
    command.args([&root, "/azpreflight", "--as-of", "2026-11-21"]).args(arguments);
    Some(command.env("AZPREFLIGHT_CACHE", "").output().expect("unshare").into())
}

/// Nothing is made out to be wrong with the VM, nor right.
fn leaves_the_vm_open(run: &Run) {
    assert_eq!(run.exit, 3, "{run:?}");
    let report = run.json();
    assert_eq!(report["verdict"], "undetermined", "{run:?}");
    let checks = report["vms"][0]["checks"].as_array().unwrap();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| check["outcome"] == "fail")
        .filter_map(|check| check["id"].as_str())
        .collect();
    assert_eq!(failed, ["guest-seen-from-container"], "{run:?}");
    let missing = checks.iter().find(|check| check["id"] == "guest-agent-missing").unwrap();
    assert_eq!(missing["outcome"], "inconclusive", "{run:?}");
}

#[test]
#[ignore = "needs name spaces of the kernel, unshare and setpriv"]
fn a_container_is_not_taken_for_the_vm() {
    let image = image("container");
    for proc in [true, false] {
        let Some(check) = inside(&image, proc, &["check", "--here", "--format", "json"]) else { return };
        leaves_the_vm_open(&check);
        let agent = inside(&image, proc, &["agent", "--format", "json"]).unwrap();
        assert_eq!((agent.exit, &agent.json()["band"]), (3, &Value::from("unknown")), "{agent:?}");

        let bundle = format!("/tmp/bundle-{proc}");
        let collected = inside(&image, proc, &["collect", "--here", "-o", &bundle]).unwrap();
        assert_eq!(collected.exit, 0, "{collected:?}");
        let bundle = image.0.join(bundle.trim_start_matches('/'));
        let again = crate::cli::run(&[
            "check",
            bundle.to_str().unwrap(),
            "--format",
            "json",
            "--as-of",
            "2026-11-21",
        ]);
        leaves_the_vm_open(&again);
        assert_eq!(again.json()["vms"], check.json()["vms"]);
    }
}
