//! Where Microsoft offers its tag files, and the newest of those that a page links to.

use crate::azure::Cloud;

include!(concat!(env!("OUT_DIR"), "/downloads.rs"));

/// What ends an address in a page or in a script inside one.
const ENDS: &[char] = &['"', '\'', '<', '>', '(', ')', ' ', '\t', '\r', '\n'];

/// Microsoft's page that links to the newest tag file of a cloud; none for the closed one.
#[must_use]
pub fn download_page(cloud: Cloud) -> Option<&'static str> {
    PAGES.iter().find(|(name, _)| *name == cloud.name()).map(|(_, address)| *address)
}

/// The newest tag file of a cloud that a page names: the text of the link, which may be relative to the page.
///
/// ```
/// use azpreflight::{azure::Cloud, tags::newest_link};
/// let page = r#"<a href="/f/ServiceTags_China_20250721.json">…</a> {"url":"https:\/\/x.example\/ServiceTags_China_20250728.json"}"#;
/// assert_eq!(newest_link(page, Cloud::China).as_deref(), Some("https://x.example/ServiceTags_China_20250728.json"));
/// assert_eq!(newest_link(page, Cloud::Public), None);
/// ```
#[must_use]
pub fn newest_link(page: &str, cloud: Cloud) -> Option<String> {
    let name = format!("servicetags_{}_", cloud.tag_file_name()).to_ascii_lowercase();
    // The same length, so the places found are places in the page.
    let lower = page.to_ascii_lowercase();
    let found = lower.match_indices(&name).filter_map(|(place, _)| {
        let day = lower.get(place + name.len()..)?.get(..13)?.strip_suffix(".json")?;
        day.bytes().all(|byte| byte.is_ascii_digit()).then_some((day, place))
    });
    let (_, place) = found.max_by_key(|(day, place)| (*day, std::cmp::Reverse(*place)))?;
    let (before, after) = page.split_at_checked(place)?;
    let begin = before.rfind(ENDS).map_or(0, |end| end + 1);
    let end = after.find(ENDS).unwrap_or(after.len());
    let link = format!("{}{}", before.get(begin..)?, after.get(..end)?);
    Some(link.trim_end_matches('\\').replace("\\/", "/").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_open_cloud_has_a_page() {
        for cloud in Cloud::ALL {
            assert_eq!(download_page(cloud).is_some(), cloud != Cloud::Germany, "{cloud}");
        }
        assert!(download_page(Cloud::Public).unwrap().ends_with("id=56519"));
        assert_eq!(PAGES.len(), 3);
    }

    #[test]
    fn the_newest_link_is_found_however_it_is_written() {
        let link = |page: &str| newest_link(page, Cloud::Public);
        let wanted = Some("https://h/a/ServiceTags_Public_20250728.json?a=1&b=2".to_owned());
        assert_eq!(link("<a href='https://h/a/ServiceTags_Public_20250728.json?a=1&amp;b=2'>x"), wanted);
        let script = r#"{"url":"https:\/\/h\/ServiceTags_Public_20250721.json"},{"u":"https:\/\/h\/a\/ServiceTags_Public_20250728.json?a=1&b=2"}"#;
        assert_eq!(link(script), wanted);
        assert_eq!(
            link("see SERVICETAGS_PUBLIC_20250728.JSON").as_deref(),
            Some("SERVICETAGS_PUBLIC_20250728.JSON")
        );
        for none in [
            "",
            "ServiceTags_Public_",
            "ServiceTags_Public_2025072.json",
            "ServiceTags_Public_2025é728.json",
            "ServiceTags_AzureGovernment_20250728.json",
        ] {
            assert_eq!(link(none), None, "{none}");
        }
    }
}
