//! Disks mounted by a real kernel, whole and in part, and trees that are none: of which the program says how full they are.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::collect::Folder;

/// Mounts file systems of files, and collects what is there; each under a name of its own.
const SCRIPT: &str = r#"
mount --make-rprivate /
for name in one two; do truncate -s 64M $name.img; mkfs.ext4 -q $name.img; done
mkdir disk memory bound tree
mount -o loop one.img disk
mount -t tmpfs none memory
for root in disk memory tree; do
    mkdir -p $root/etc $root/var/log $root/tmp
    echo 'UUID=x / ext4 defaults 0 1' > $root/etc/fstab
done
mount --bind tree bound
for root in disk memory bound tree; do "$AZPREFLIGHT" collect --root $root -o $root.told; done
echo 'UUID=y /var ext4 defaults 0 2' >> disk/etc/fstab
"$AZPREFLIGHT" collect --root disk -o part.told
mount -o loop two.img disk/var
mkdir disk/var/log
"$AZPREFLIGHT" collect --root disk -o both.told
mkdir stick
mount -t tmpfs none stick
"$AZPREFLIGHT" collect --root tree -o stick
cp -r stick stick.told
"#;

#[test]
#[ignore = "needs mkfs.ext4 and the right to mount"]
fn real_file_systems_are_measured_where_they_are_the_machines_own() {
    let folder = Folder::new("volumes");
    let may = Command::new("unshare").args(["-n", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "bash", "-ec", SCRIPT]).current_dir(&folder.0);
    let output = command.env("AZPREFLIGHT", env!("CARGO_BIN_EXE_azpreflight")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let survey = |name: &str| -> Value {
        let bytes = fs::read(folder.0.join(format!("{name}.told/guest.json"))).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let paths = |survey: &Value, of: &str| -> Vec<String> {
        let all = survey[of].as_array().unwrap().iter();
        all.map(|each| each["path"].as_str().unwrap().to_owned()).collect()
    };
    for (name, measured, unread) in [
        ("disk", &["/", "/var", "/var/log", "/tmp"][..], &[][..]),
        ("part", &["/", "/tmp"], &["file system of /var", "file system of /var/log"]),
        ("both", &["/", "/var", "/var/log", "/tmp"], &[]),
        ("memory", &[], &[]),
        ("bound", &[], &[]),
        ("tree", &[], &[]),
        ("stick", &[], &[]),
    ] {
        let survey = survey(name);
        assert_eq!(paths(&survey, "volumes"), measured, "{name}");
        assert_eq!(paths(&survey, "unread"), unread, "{name}");
    }
}
