use std::os::unix::fs::symlink;

use super::pattern::MOST_PATHS;
use super::*;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("azpreflight-root-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("root/etc")).unwrap();
    fs::write(path.join("secret"), "outside").unwrap();
    Folder(path)
}

fn text(root: &Root, path: &str) -> Option<String> {
    root.read(path, How::Whole(100)).unwrap().map(|(_, bytes)| String::from_utf8(bytes).unwrap())
}

#[test]
fn nothing_leads_out_of_the_root() {
    let folder = folder("out");
    let base = folder.0.join("root");
    fs::write(base.join("secret"), "inside").unwrap();
    symlink("../../../../../../secret", base.join("etc/up")).unwrap();
    symlink(folder.0.join("secret"), base.join("etc/absolute")).unwrap();
    symlink("/secret", base.join("etc/own")).unwrap();
    symlink("loop", base.join("etc/loop")).unwrap();
    symlink("/etc", base.join("folder")).unwrap();
    let root = Root::open(&base).unwrap();
    assert_eq!(text(&root, "/etc/up").as_deref(), Some("inside"));
    assert_eq!(text(&root, "/etc/absolute"), None);
    assert_eq!(text(&root, "/etc/own").as_deref(), Some("inside"));
    assert_eq!(text(&root, "/folder/own").as_deref(), Some("inside"));
    assert_eq!(text(&root, "/../../secret").as_deref(), Some("inside"));
    assert!(root.read("/etc/loop", How::Whole(1)).is_err());
    assert_eq!(root.link("/etc/own").unwrap().as_deref(), Some("/secret"));
    assert_eq!(root.link("/etc/none").unwrap().or(root.link("/secret").unwrap()), None);
    assert!(root.link("/etc/loop/below").is_err());
}

#[test]
fn what_is_no_file_is_neither_read_nor_absent() {
    let folder = folder("kinds");
    let base = folder.0.join("root");
    let made = std::process::Command::new("mkfifo").arg(base.join("etc/pipe")).status().unwrap();
    assert!(made.success());
    let _listener = std::os::unix::net::UnixListener::bind(base.join("etc/socket")).unwrap();
    let root = Root::open(&base).unwrap();
    let kind = |path: &str| root.read(path, How::Whole(1)).err().map(|error| error.kind());
    assert_eq!(kind("/etc/pipe"), Some(io::ErrorKind::InvalidInput));
    assert_eq!(kind("/etc/socket"), Some(io::ErrorKind::InvalidInput));
    assert_eq!(kind("/etc"), Some(io::ErrorKind::IsADirectory));
    assert!(root.read("/etc/none", How::Whole(1)).unwrap().is_none());
    let here = Root::open(Path::new("/")).unwrap();
    let device = here.read("/dev/zero", How::Head(1)).err().map(|error| error.kind());
    assert_eq!(device, Some(io::ErrorKind::InvalidInput));
    assert_eq!(here.read("/dev/null", How::Whole(1)).unwrap().unwrap().1, b"");
}

#[test]
fn limits_hold_and_cost_nothing() {
    let folder = folder("limits");
    let base = folder.0.join("root");
    fs::write(base.join("etc/log"), "first line\nsecond\n").unwrap();
    // Sixty gigabytes that take no room.
    File::create(base.join("etc/sparse")).unwrap().set_len(60 << 30).unwrap();
    let root = Root::open(&base).unwrap();
    assert!(root.read("/etc/log", How::Whole(3)).is_err());
    let (_, tail) = root.read("/etc/log", How::Tail(9)).unwrap().unwrap();
    assert_eq!(tail, b"second\n");
    let begin = std::time::Instant::now();
    let error = root.read("/etc/sparse", How::Whole(32 << 30)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(root.read("/etc/sparse", How::Tail(1 << 10)).unwrap().unwrap().1, b"");
    assert_eq!(root.read("/etc/sparse", How::Head(4)).unwrap().unwrap().1, [0; 4]);
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

#[test]
fn a_full_folder_is_looked_through_or_said_not_to_be() {
    let folder = folder("full");
    let base = folder.0.join("root");
    let library = base.join("var/lib/waagent");
    fs::create_dir_all(library.join("WALinuxAgent-2.12.0.2/config")).unwrap();
    fs::write(library.join("WALinuxAgent-2.12.0.2/config/HandlerState"), "Enabled").unwrap();
    for number in 0..24_000 {
        File::create(library.join(format!("GoalState.{number}.xml"))).unwrap();
    }
    let root = Root::open(&base).unwrap();
    let wanted = |name: &str, _: &fs::DirEntry| name.starts_with("WALinuxAgent-");
    let names = root.entries("/var/lib/waagent", &wanted).unwrap().unwrap();
    assert_eq!(names, ["WALinuxAgent-2.12.0.2"]);
    let states = root.matching("/var/lib/waagent/*/config/HandlerState");
    assert_eq!(states.paths, ["/var/lib/waagent/WALinuxAgent-2.12.0.2/config/HandlerState"]);
    assert!(states.unread.is_empty());
    let all = root.matching("/var/lib/waagent/*.xml");
    assert_eq!((all.paths.len(), all.unread.len()), (0, 1));
    assert_eq!(all.unread[0].0, "/var/lib/waagent");
    let some = root.matching("/var/lib/waagent/GoalState.1*.xml");
    assert_eq!(some.paths.len() + some.unread.len(), 1, "more than ten thousand of them");
    let some = root.matching("/var/lib/waagent/GoalState.20*.xml");
    assert_eq!((some.paths.len(), some.unread.len()), (MOST_PATHS, 1));
    let last = root.matching("/var/lib/waagent/GoalState.239*.xml");
    assert_eq!((last.paths.len(), last.unread.len()), (111, 0));
}

#[test]
fn a_folder_that_many_names_lead_to_is_looked_at_only_so_often() {
    let folder = folder("often");
    let base = folder.0.join("root");
    fs::create_dir_all(base.join("big")).unwrap();
    fs::create_dir_all(base.join("many")).unwrap();
    for number in 0..20 {
        File::create(base.join(format!("big/{number}"))).unwrap();
        symlink("/big", base.join(format!("many/{number}"))).unwrap();
    }
    let root = Root::open(&base).unwrap();
    root.looks.set(100);
    let found = root.matching("/many/*/none*");
    assert_eq!((found.paths.len(), found.unread.len()), (0, 16));
    assert!(root.entries("/big", &|_, _| true).is_err());
}

#[test]
fn what_may_not_be_looked_into_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("locked");
    let base = folder.0.join("root");
    let locked = base.join("etc/netplan");
    fs::create_dir_all(&locked).unwrap();
    fs::write(locked.join("50.yaml"), "network:\n").unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let root = Root::open(&base).unwrap();
    let found = root.matching("/etc/netplan/*.yaml");
    let link = root.link("/etc/netplan/x");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    // Root may look everywhere.
    if rustix::process::geteuid().is_root() {
        assert_eq!((found.paths.len(), found.unread.len()), (1, 0));
        return;
    }
    assert_eq!((found.paths.len(), found.unread[0].0.as_str()), (0, "/etc/netplan"));
    assert_eq!(found.unread[0].1.kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(link.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn patterns_and_windows_names() {
    let folder = folder("names");
    let base = folder.0.join("root");
    for name in ["Agent-1.0", "Agent-2.0", "Other"] {
        fs::create_dir_all(base.join("var/lib").join(name).join("status")).unwrap();
        fs::write(base.join("var/lib").join(name).join("status/0.status"), "").unwrap();
    }
    let root = Root::open(&base).unwrap();
    let found = root.matching("/var/lib/Agent-*/status/*.status");
    assert!(found.unread.is_empty());
    assert_eq!(found.paths, ["/var/lib/Agent-1.0/status/0.status", "/var/lib/Agent-2.0/status/0.status"]);
    fs::create_dir_all(base.join("WINDOWSAZURE/Logs")).unwrap();
    assert!(!Root::open(&base).unwrap().is_windows());
    fs::create_dir_all(base.join("Windows/System32")).unwrap();
    let root = Root::open(&base).unwrap();
    assert!(root.is_windows() && root.resolve("/WindowsAzure/logs").unwrap().is_some());
    assert_eq!(root.name("/WindowsAzure/Logs"), r"C:\WindowsAzure\Logs");
}
