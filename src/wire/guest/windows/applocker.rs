//! `AppLocker` in the registry: `SrpV2\Exe`, with a key for each rule, whose value `Value` is a piece of XML.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::guest::windows::{AppLocker, AppRule, Programs};
use crate::wire::guest::registry::Key;

/// Takes what a key at or below `SrpV2\Exe` says; `below` is the rest of its path.
pub(super) fn read_key(below: &str, key: &Key, locker: &mut AppLocker) {
    if below.is_empty() {
        locker.audits = key.number("EnforcementMode").map(|mode| mode == 0).or(locker.audits);
    } else if let Some(text) = key.text("Value") {
        locker.rules.push(rule(text).unwrap_or_else(unclear));
    }
}

/// A rule of which nothing is known but that it is there: it may be about anybody and any program.
fn unclear() -> AppRule {
    let (name, sid) = ("a rule that is not understood".to_owned(), "S-1-1-0".to_owned());
    AppRule { name, allows: None, sid, programs: Programs::Other }
}

/// `<FilePathRule Name="…" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%\*"/>…`
fn rule(text: &str) -> Option<AppRule> {
    let mut reader = Reader::from_str(text);
    let mut found: Option<AppRule> = None;
    let (mut excepted, mut paths, mut but, mut but_more) = (false, Vec::new(), Vec::new(), false);
    loop {
        let event = reader.read_event().ok()?;
        let element = match &event {
            Event::Start(element) | Event::Empty(element) => element,
            Event::End(end) => {
                excepted &= end.local_name().as_ref() != "Exceptions";
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        match (element.local_name().as_ref(), excepted) {
            ("FilePathCondition", false) => paths.push(attribute(element, "Path")?),
            ("FilePathCondition", true) => but.push(attribute(element, "Path")?),
            ("Exceptions", _) => excepted = matches!(event, Event::Start(_)),
            (name, true) if name.ends_with("Condition") => but_more = true,
            (name, _) if found.is_none() => found = Some(head(name, element)?),
            _ => {}
        }
    }
    let mut rule = found?;
    if matches!(rule.programs, Programs::At { .. }) && !paths.is_empty() {
        rule.programs = Programs::At { paths, but, but_more };
    } else {
        rule.programs = Programs::Other;
    }
    Some(rule)
}

/// The element that is the rule itself.
fn head(kind: &str, element: &BytesStart<'_>) -> Option<AppRule> {
    let allows = match attribute(element, "Action")?.as_str() {
        "Allow" => Some(true),
        "Deny" => Some(false),
        _ => None,
    };
    let programs = if kind == "FilePathRule" {
        Programs::At { paths: Vec::new(), but: Vec::new(), but_more: false }
    } else {
        Programs::Other
    };
    let name = attribute(element, "Name").unwrap_or_default();
    Some(AppRule { name, allows, sid: attribute(element, "UserOrGroupSid")?, programs })
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes().filter_map(Result::ok);
    let own = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(own.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = r#"<FilePathRule Id="a61c8b2c-a319-4cd0-9690-d2177cad7b51" Name="(Default Rule) All files located in the Windows folder" Description="x" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%\*"/></Conditions></FilePathRule>"#;

    #[test]
    fn rules_by_path_with_what_they_leave_out() {
        let found = rule(DEFAULT).unwrap();
        assert!(found.name.starts_with("(Default Rule)"));
        assert_eq!((found.allows, found.sid.as_str()), (Some(true), "S-1-1-0"));
        assert_eq!(
            found.programs,
            Programs::At { paths: vec![r"%WINDIR%\*".to_owned()], but: Vec::new(), but_more: false }
        );
        let but = DEFAULT.replace(
            "</Conditions>",
            r#"</Conditions><Exceptions><FilePathCondition Path="%WINDIR%\Temp\*" /><FilePublisherCondition PublisherName="*" ProductName="&lt;x&gt;"/></Exceptions>"#,
        );
        let Programs::At { but, but_more, .. } = rule(&but).unwrap().programs else { panic!("by path") };
        assert!(but == [r"%WINDIR%\Temp\*"] && but_more);
    }

    #[test]
    fn other_rules_are_known_to_be_there() {
        let signed = r#"<FilePublisherRule Id="1" Name="n" UserOrGroupSid="S-1-5-32-544" Action="Deny"><Conditions><FilePublisherCondition PublisherName="O=X" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="*"/></FilePublisherCondition></Conditions></FilePublisherRule>"#;
        let found = rule(signed).unwrap();
        assert_eq!((found.allows, found.programs), (Some(false), Programs::Other));
        for broken in [
            "",
            "<",
            "<FilePathRule",
            "<a/>",
            &DEFAULT[..200],
            "<FilePathRule Action='Allow' UserOrGroupSid='S'/>",
        ] {
            let known = rule(broken);
            assert!(known.is_none_or(|rule| rule.programs == Programs::Other), "{broken}");
        }
    }
}
