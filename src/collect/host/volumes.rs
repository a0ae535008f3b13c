//! How full the file systems are that matter.

use super::root::Root;
use super::survey::Survey;
use crate::input::Bundle;

/// Of the running machine. A file system that does not answer, as one of a server that is gone, is not waited for.
pub(super) fn of_machine(root: &Root, survey: &mut Survey) {
    #[cfg(unix)]
    unix::of_machine(root, survey);
    #[cfg(not(unix))]
    let _ = (root, survey);
}

/// Of a disk, where it is mounted and the file system at a path is the one that its machine will have there. A copied tree
/// tells nothing of how full its disk was, and a disk of which a part is not mounted nothing of that part.
pub(super) fn of_disk(root: &Root, told: &Bundle, survey: &mut Survey) {
    #[cfg(unix)]
    unix::of_disk(root, told, survey);
    #[cfg(not(unix))]
    let _ = (root, told, survey);
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::FileTypeExt;
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::collect::host::lists;
    use crate::collect::host::root::{How, Root};
    use crate::collect::host::survey::{Survey, Unread, Volume};
    use crate::input::{Bundle, Document};
    use crate::wire;

    /// How long all file systems together may take to answer.
    const TIME: Duration = Duration::from_secs(5);
    /// What this machine has mounted.
    const MOUNTED: &str = "/proc/self/mountinfo";
    /// The largest list of mounts that is read.
    const LARGEST: How = How::Whole(8 << 20);

    pub(super) fn of_machine(root: &Root, survey: &mut Survey) {
        let (sender, receiver) = mpsc::channel();
        let own = root.clone();
        let measuring = thread::Builder::new().spawn(move || {
            // Whoever asked may have gone.
            lists::VOLUMES.iter().all(|path| sender.send(measured(&own, path)).is_ok());
        });
        let deadline = Instant::now() + TIME;
        for path in lists::VOLUMES {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(volume) = measuring.as_ref().ok().and_then(|_| receiver.recv_timeout(left).ok()) else {
                return survey.unread.push(unread(root, path, "it does not answer"));
            };
            survey.volumes.extend(volume);
        }
    }

    pub(super) fn of_disk(root: &Root, told: &Bundle, survey: &mut Survey) {
        let Some(mounted) = mounted() else { return };
        let planned =
            told.documents.iter().filter(|each| &*each.name == "/etc/fstab" || each.name.ends_with(".mount"));
        let documents = planned.cloned().chain([mounted]).collect();
        let Ok(facts) = wire::parse(&Bundle { documents }) else { return };
        let storage = &facts.guest.storage;
        let is_own = |real: &Path| {
            let own = format!("/{}", real.strip_prefix(root.base()).ok()?.to_str()?);
            let planned = storage.planned.of(&own).and_then(|planned| planned.value.point.as_deref());
            let point = root.base().join(planned.unwrap_or("/").trim_start_matches('/'));
            let mount = storage.mounted.as_ref()?.value.of(real.to_str()?)?;
            Some(Path::new(&mount.point) == point && mount.root == "/" && is_disk(&mount.source))
        };
        for path in lists::VOLUMES {
            let Ok(Some(real)) = root.resolve(path) else { continue };
            if is_own(&real) == Some(true) {
                survey.volumes.extend(measured(root, path));
            } else if !survey.volumes.is_empty() {
                survey.unread.push(unread(root, path, "what the machine has there is not mounted here"));
            }
        }
    }

    /// How full the file system at a path is, as something that could not be read.
    fn unread(root: &Root, path: &str, reason: &str) -> Unread {
        let path = format!("file system of {}", root.name(path));
        Unread { path, reason: reason.to_owned(), root: false }
    }

    /// What this machine has mounted, as the document that the kernel makes of it.
    fn mounted() -> Option<Document> {
        let (_, bytes) = Root::open(Path::new("/")).ok()?.read(MOUNTED, LARGEST).ok()??;
        Some(Document { name: MOUNTED.into(), bytes, named_by_user: false })
    }

    fn is_disk(source: &str) -> bool {
        fs::metadata(source).is_ok_and(|about| about.file_type().is_block_device())
    }

    /// How full the file system is that a path is on; `None` where nothing is there.
    fn measured(root: &Root, path: &str) -> Option<Volume> {
        let real = root.resolve(path).ok()??;
        let about = rustix::fs::statvfs(&real).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(about.f_frsize);
        Some(Volume {
            path: root.name(path),
            size_bytes: bytes(about.f_blocks),
            free_bytes: bytes(about.f_bavail),
        })
    }
}
