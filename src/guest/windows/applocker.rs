//! `AppLocker`: which programs its rules let run.

/// What `AppLocker` is told about programs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppLocker {
    /// Whether it only writes down what it would stop; `None` where nothing is said, so that rules hold.
    pub audits: Option<bool>,
    /// The rules, in the order of the document.
    pub rules: Vec<AppRule>,
}

/// A rule of `AppLocker` about programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRule {
    /// What it is called. From the document: whoever shows it escapes.
    pub name: String,
    /// Whether it lets run, or else denies; `None` where that is not understood.
    pub allows: Option<bool>,
    /// The identifier of the account or group that it is for.
    pub sid: String,
    /// Which programs.
    pub programs: Programs,
}

/// Which programs a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programs {
    /// Those at these paths, which may hold `*` and `AppLocker`'s own variables, but for others.
    At {
        /// The paths.
        paths: Vec<String>,
        /// Paths that are left out.
        but: Vec<String>,
        /// Whether others are left out that no path tells.
        but_more: bool,
    },
    /// Those that carry a signature or have a certain content, or something that is not understood.
    Other,
}

/// What rules make of a program that the account SYSTEM runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppVerdict<'r> {
    /// Nothing is stopped: there are no rules, or they are only watched over.
    Unwatched,
    /// This rule lets it run, and no other stops it.
    Allowed(&'r AppRule),
    /// This rule stops it.
    Denied(&'r AppRule),
    /// No rule lets it run, so that it is stopped.
    Unlisted,
    /// That depends on this rule, which goes by more than paths.
    Open(&'r AppRule),
}

/// Accounts and groups that SYSTEM is or belongs to: itself, everyone, who is signed in, administrators.
const OF_SYSTEM: [&str; 4] = ["S-1-5-18", "S-1-1-0", "S-1-5-11", "S-1-5-32-544"];
/// How `AppLocker` writes the drive of the system.
const DRIVE: &str = "%OSDRIVE%";

impl AppLocker {
    /// What becomes of the program at that path below the drive of the system, `\Packages\x.exe`, where SYSTEM runs it.
    ///
    /// A rule that denies comes before all that allow; what no rule allows is stopped, once there are rules.
    #[must_use]
    pub fn verdict(&self, path: &str) -> AppVerdict<'_> {
        if self.audits == Some(true) || self.rules.is_empty() {
            return AppVerdict::Unwatched;
        }
        let of = |allows: bool| {
            let about = self.rules.iter().filter(|rule| rule.is_for_system());
            about.filter(move |rule| rule.allows != Some(!allows))
        };
        let with = |allows: bool, covers: Option<bool>| of(allows).find(|rule| rule.covers(path) == covers);
        if let Some(rule) = with(false, Some(true)).filter(|rule| rule.allows.is_some()) {
            return AppVerdict::Denied(rule);
        }
        let in_doubt = |rule: &&AppRule| rule.allows.is_none() && rule.covers(path) != Some(false);
        if let Some(rule) = with(false, None).or_else(|| of(false).find(in_doubt)) {
            return AppVerdict::Open(rule);
        }
        if let Some(rule) = with(true, Some(true)) {
            return AppVerdict::Allowed(rule);
        }
        with(true, None).map_or(AppVerdict::Unlisted, AppVerdict::Open)
    }
}

impl AppRule {
    fn is_for_system(&self) -> bool {
        OF_SYSTEM.iter().any(|sid| self.sid.eq_ignore_ascii_case(sid))
    }

    /// Whether it is about the program; `None` where more than its path decides.
    fn covers(&self, path: &str) -> Option<bool> {
        let Programs::At { paths, but, but_more } = &self.programs else { return None };
        let any = |patterns: &[String]| patterns.iter().any(|pattern| is_at(path, pattern));
        if !any(paths) || any(but) {
            return Some(false);
        }
        (!but_more).then_some(true)
    }
}

/// Whether a path below the drive of the system is one of those that a pattern means.
fn is_at(path: &str, pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let whole = |drive: &str| matches(&format!("{drive}{path}").to_ascii_lowercase(), &pattern);
    whole(DRIVE) || whole("c:")
}

/// Whether a text is of a pattern in which `*` stands for any text. Both go by bytes, in time of the product of their lengths
/// at most.
fn matches(text: &str, pattern: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let (Some((first, rest)), true) = (parts.split_first(), parts.len() > 1) else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let Some((last, between)) = rest.split_last() else { return text.is_empty() };
    for part in between {
        match text.split_once(part) {
            Some((_, behind)) => text = behind,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = r"\Packages\Plugins\A\1.0\x.exe";

    fn at(paths: &[&str]) -> Programs {
        Programs::At {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            but: Vec::new(),
            but_more: false,
        }
    }

    fn rule(allows: bool, sid: &str, programs: Programs) -> AppRule {
        AppRule { name: "r".to_owned(), allows: Some(allows), sid: sid.to_owned(), programs }
    }

    fn locker(rules: Vec<AppRule>) -> AppLocker {
        AppLocker { audits: Some(false), rules }
    }

    #[test]
    fn patterns() {
        for (pattern, fits) in [
            ("*", true),
            (r"%OSDRIVE%\packages\*", true),
            (r"C:\Packages\Plugins\*\x.exe", true),
            (r"*\x.exe", true),
            (r"%OSDRIVE%\Packages\Plugins\A\1.0\X.EXE", true),
            (r"%OSDRIVE%\Packages\Plugins\A\1.0", false),
            (r"%WINDIR%\*", false),
            (r"D:\Packages\*", false),
            (r"%OSDRIVE%\Packages\*\y.exe", false),
            ("", false),
        ] {
            assert_eq!(is_at(PROGRAM, pattern), fits, "{pattern}");
        }
        // What `*` stands for may not be used twice.
        assert!(!matches("ab", "ab*b") && matches("abb", "ab*b") && matches("a", "a*"));
    }

    #[test]
    fn what_the_default_rules_let_run() {
        let default = || {
            vec![
                rule(true, "S-1-1-0", at(&[r"%WINDIR%\*"])),
                rule(true, "S-1-1-0", at(&[r"%PROGRAMFILES%\*"])),
            ]
        };
        assert_eq!(locker(default()).verdict(PROGRAM), AppVerdict::Unlisted);
        let mut all = default();
        all.push(rule(true, "S-1-5-32-544", at(&["*"])));
        assert!(matches!(locker(all.clone()).verdict(PROGRAM), AppVerdict::Allowed(_)));
        // Rules for others say nothing of SYSTEM, and one that denies comes first.
        all.push(rule(false, "S-1-5-32-545", at(&["*"])));
        assert!(matches!(locker(all.clone()).verdict(PROGRAM), AppVerdict::Allowed(_)));
        all.push(rule(false, "S-1-1-0", at(&[r"%OSDRIVE%\Packages\*"])));
        assert!(matches!(locker(all.clone()).verdict(PROGRAM), AppVerdict::Denied(_)));
        let audited = AppLocker { audits: Some(true), rules: all };
        assert_eq!(audited.verdict(PROGRAM), AppVerdict::Unwatched);
        assert_eq!(locker(Vec::new()).verdict(PROGRAM), AppVerdict::Unwatched);
    }

    #[test]
    fn signatures_leave_it_open() {
        let signed = |allows| rule(allows, "S-1-1-0", Programs::Other);
        assert!(matches!(locker(vec![signed(true)]).verdict(PROGRAM), AppVerdict::Open(_)));
        let all = rule(true, "S-1-1-0", at(&["*"]));
        assert!(matches!(locker(vec![all.clone(), signed(false)]).verdict(PROGRAM), AppVerdict::Open(_)));
        assert!(matches!(locker(vec![all.clone(), signed(true)]).verdict(PROGRAM), AppVerdict::Allowed(_)));
        let unclear = AppRule { allows: None, ..all.clone() };
        assert!(matches!(locker(vec![unclear, all]).verdict(PROGRAM), AppVerdict::Open(_)));
        let but = |but: &[&str], but_more| {
            let but = but.iter().map(|path| (*path).to_owned()).collect();
            rule(true, "S-1-1-0", Programs::At { paths: vec!["*".to_owned()], but, but_more })
        };
        assert_eq!(locker(vec![but(&[r"*\Plugins\*"], false)]).verdict(PROGRAM), AppVerdict::Unlisted);
        assert!(matches!(locker(vec![but(&[r"*\y.exe"], true)]).verdict(PROGRAM), AppVerdict::Open(_)));
    }
}
