//! What is to be mounted when a system starts.

use super::super::Read;

words! {
    /// Who has something mounted.
    PlannedBy {
        /// A line of `/etc/fstab`.
        Table = "fstab",
        /// A unit of systemd, `x.mount`.
        Unit = "mount-unit",
    }
}

/// Something that is to be mounted. Hostile text. Values of options are not kept: passwords stand in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Who has it mounted.
    pub by: PlannedBy,
    /// The number of its line, from 1; `None` of a unit, which is a file of its own.
    pub line: Option<usize>,
    /// What is mounted, as in `UUID=…`.
    pub what: String,
    /// Where; `None` for swap and the like.
    pub point: Option<String>,
    /// The kind of file system.
    pub kind: String,
    /// The names of its options, in their order.
    pub options: Vec<String>,
}

impl Planned {
    /// Whether programs on it may not be run: by the last option that says something about it. `user` and `users` imply it
    /// until a later `exec`, as mount(8) has it.
    #[must_use]
    pub fn forbids_programs(&self) -> bool {
        self.options.iter().fold(false, |forbidden, option| match option.as_str() {
            "noexec" | "user" | "users" => true,
            "exec" => false,
            _ => forbidden,
        })
    }

    /// Whether it waits for somebody to mount it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.options.iter().any(|option| option == "noauto")
    }

    /// Whether a server elsewhere holds it.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        super::mount::is_remote(&self.kind)
    }
}

/// Everything that is to be mounted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plans {
    plans: Vec<Read<Planned>>,
    table: bool,
}

impl Plans {
    /// Adds what one place says.
    pub fn add(&mut self, planned: Read<Planned>) {
        self.plans.push(planned);
    }

    /// Records that `/etc/fstab` was read: what is not in it is not mounted by it.
    pub const fn has_table(&mut self) {
        self.table = true;
    }

    /// Whether `/etc/fstab` was read.
    #[must_use]
    pub const fn knows_table(&self) -> bool {
        self.table
    }

    /// All of it, in the order of the documents.
    pub fn iter(&self) -> impl Iterator<Item = &Read<Planned>> {
        self.plans.iter()
    }

    /// What will hold a path once the system has started: the nearest point on the way to it, of two at one point the later.
    /// `None` where nothing on the way is mentioned.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&Read<Planned>> {
        let length = |planned: &&Read<Planned>| planned.value.point.as_ref().map(|point| holds(point, path));
        self.plans
            .iter()
            .filter(|planned| !planned.value.waits())
            .filter_map(|planned| Some((length(&planned)??, planned)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, planned)| planned)
    }
}

/// How many parts of a path lead to `point`, where it lies on the way.
fn holds(point: &str, path: &str) -> Option<usize> {
    let mut ahead = path.split('/').filter(|part| !part.is_empty());
    let mut count = 0;
    for part in point.split('/').filter(|part| !part.is_empty()) {
        if ahead.next() != Some(part) {
            return None;
        }
        count += 1;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Place, Pointer};

    fn planned(point: &str, options: &str) -> Read<Planned> {
        let value = Planned {
            by: PlannedBy::Table,
            line: None,
            what: options.to_owned(),
            point: Some(point.to_owned()),
            kind: "ext4".to_owned(),
            options: options.split(',').map(str::to_owned).collect(),
        };
        Read { value, place: Place { document: "fstab".into(), pointer: Pointer::root() } }
    }

    #[test]
    fn the_last_word_about_programs_counts() {
        let forbids = |options: &str| planned("/", options).value.forbids_programs();
        assert!(forbids("rw,noexec") && forbids("exec,users") && forbids("noexec,defaults"));
        assert!(
            !forbids("defaults") && !forbids("user,exec") && !forbids("noexec,exec") && !forbids("owner")
        );
    }

    #[test]
    fn the_nearest_point_holds_a_path_and_of_two_the_later() {
        let mut plans = Plans::default();
        for (point, options) in
            [("/", "a"), ("/var/", "b"), ("/var", "c"), ("/var/lib", "noauto"), ("/variety", "d")]
        {
            plans.add(planned(point, options));
        }
        let of = |path: &str| plans.of(path).map(|planned| planned.value.what.as_str());
        assert_eq!(of("/var/lib/waagent"), Some("c"));
        assert_eq!(of("/usr"), Some("a"));
        assert_eq!(Plans::default().of("/var"), None);
    }
}
