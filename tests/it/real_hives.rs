//! Hives written by hivex, an implementation of the format that is not ours: what comes out of our reader is what went in.
//!
//! The keys go in as text of our own writer, so that the form of its exports is held as well.

use std::fs;
use std::process::{Command, Stdio};

use azpreflight::wire::{Hive, RegistryKey, RegistryValue, registry_document};

use crate::collect::Folder;
use crate::reference::random::Random;

const ROUNDS: u64 = 60;
const ROOT: &str = r"HKEY_LOCAL_MACHINE\SOFTWARE";
/// A hive to begin with: that of a disk of the cases.
const EMPTY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/cases/guest-service-disabled/passing-disk/root/Windows/System32/config/SOFTWARE"
);

#[test]
#[ignore = "needs hivexregedit"]
fn real_hives_hold_what_was_put_into_them() {
    let folder = Folder::new("hives");
    let path = folder.0.join("hive");
    for seed in 1..=ROUNDS {
        let mut random = Random(seed);
        let keys = keys(&mut random);
        fs::copy(EMPTY, &path).unwrap();
        merge(&path, &keys);
        let bytes = fs::read(&path).unwrap();
        let hive = Hive::open(&bytes).unwrap();
        let top = hive.key("Top").unwrap().unwrap();
        let mut read = top.branch(&format!(r"{ROOT}\Top"), 9, &|_| true).unwrap();
        read.sort_by(|one, other| one.path.cmp(&other.path));
        assert_eq!(read, keys, "seed {seed}");
        assert!(hive.key(r"Top\NotThere").unwrap().is_none());
    }
}

/// A tree of keys, sorted by their paths.
fn keys(random: &mut Random) -> Vec<RegistryKey> {
    let mut paths = vec![format!(r"{ROOT}\Top")];
    for _ in 0..random.below(40) {
        let above = random.pick(&paths);
        let path = format!(r"{above}\{}", name(random));
        // Names compare without case.
        if path.matches('\\').count() < 8 && !paths.iter().any(|known| known.eq_ignore_ascii_case(&path)) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut key = |path| {
        let mut values: Vec<(String, RegistryValue)> = Vec::new();
        for _ in 0..random.below(6) {
            let name = name(random);
            if !values.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                values.push((name, value(random)));
            }
        }
        values.sort_by(|one, other| one.0.cmp(&other.0));
        RegistryKey { path, values }
    };
    paths.into_iter().map(&mut key).collect()
}

fn name(random: &mut Random) -> String {
    let length = random.below(12) + 1;
    (0..length)
        .map(|_| random.pick(&['a', 'B', 'z', '0', '-', '_', '.', ' ', '{', '}', 'x']))
        .collect::<String>()
        .trim()
        .to_owned()
        + "n"
}

fn value(random: &mut Random) -> RegistryValue {
    // What is not ASCII hivexregedit takes for bytes, one a character, wherever it is not written in hexadecimal digits.
    let text = |random: &mut Random| {
        let length = random.below(60);
        (0..length).map(|_| random.pick(&['a', 'Z', '9', '\\', '"', ' ', '|', '='])).collect::<String>()
    };
    match random.below(5) {
        0 => RegistryValue::Number(u32::try_from(random.next() >> 32).unwrap()),
        1 => RegistryValue::Long(random.next()),
        2 => RegistryValue::Text(text(random)),
        3 => RegistryValue::Texts((0..random.below(4)).map(|_| text(random) + "é漢").collect()),
        _ => {
            let length = random.below(3) * random.below(5000);
            let byte = |random: &mut Random| random.next().to_le_bytes()[0];
            // Without an `@` there are no credentials of an address by chance, which do not go into an export.
            let bytes = (0..length).map(|_| byte(random)).filter(|byte| *byte != b'@');
            RegistryValue::Bytes(bytes.collect())
        }
    }
}

fn merge(hive: &std::path::Path, keys: &[RegistryKey]) {
    let text = registry_document("keys.reg", keys).bytes;
    let mut child = Command::new("hivexregedit")
        .args(["--merge", "--prefix", ROOT])
        .arg(hive)
        .stdin(Stdio::piped())
        .spawn()
        .expect("hivexregedit, which tests/real/install.sh installs");
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, &text).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}
