//! Regions and the many ways they are spelled.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::Cloud;

/// A region: one that `data/regions.toml` knows, or any other name, kept in lower case.
///
/// All spellings of one region are equal: `Korea Central`, `koreacentral`, `KoreaCentral`, and those found inside tag
/// files, such as `norwaye` for Norway East.
///
/// ```
/// use azpreflight::azure::Region;
/// assert_eq!(Region::parse("norwaye"), Region::parse("Norway East"));
/// assert_eq!(Region::parse("Korea Central").name(), "koreacentral");
/// assert!(!Region::parse("Mare Tranquillitatis").is_known());
/// ```
#[derive(Clone)]
pub struct Region(Repr);

#[derive(Clone)]
enum Repr {
    Known(&'static Row),
    Other(Box<str>),
}

impl Region {
    /// The region of this spelling. Blanks, hyphens, underscores, case and the portal's `(Asia Pacific)` in front are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let folded = fold(text);
        match find(SPELLINGS, &folded) {
            Some(row) => Self(Repr::Known(row)),
            None => Self(Repr::Other(folded.into_boxed_str())),
        }
    }

    /// The region of a geo code, as in `privatelink.krc.backup.windowsazure.com`; with a trailing `r` (the paired side
    /// of cross-region restore) too.
    #[must_use]
    pub fn from_geo_code(code: &str) -> Option<Self> {
        let folded = code.trim().to_ascii_lowercase();
        let row = find(GEO_CODES, &folded).or_else(|| find(GEO_CODES, folded.strip_suffix('r')?))?;
        Some(Self(Repr::Known(row)))
    }

    /// Every region of `data/regions.toml`, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| Self(Repr::Known(row)))
    }

    /// The canonical name, as in ARM's `location`: `koreacentral`.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            Repr::Known(row) => row.name,
            Repr::Other(name) => name,
        }
    }

    /// Whether the region is in `data/regions.toml`. A region that is not may well exist.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.row().is_some()
    }

    /// The portal's name, `Korea Central`; the plain [`name`](Self::name) where none is sourced.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.row().and_then(|row| row.display).unwrap_or_else(|| self.name())
    }

    /// The suffix of regional service tags, `KoreaCentral`; the plain name where none is known.
    #[must_use]
    pub fn tag_suffix(&self) -> &str {
        self.row().and_then(|row| row.tag).unwrap_or_else(|| self.name())
    }

    /// Every spelling of the region in lower case, the canonical name first.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        let known = self.row().map_or(&[][..], |row| row.spellings);
        let other = if known.is_empty() { Some(self.name()) } else { None };
        known.iter().copied().chain(other)
    }

    /// The code in the region's private DNS zone `privatelink.<code>.backup.windowsazure.com`; none where not known.
    #[must_use]
    pub fn geo_code(&self) -> Option<&'static str> {
        self.row()?.geo_code
    }

    /// The paired region; none where there is no pair, or none is known. Pairs can be one-way.
    #[must_use]
    pub fn paired(&self) -> Option<Self> {
        self.row()?.pair.map(Self::parse)
    }

    /// The cloud the region belongs to; none for a region that is not known.
    #[must_use]
    pub fn cloud(&self) -> Option<Cloud> {
        self.row().map(|row| row.cloud)
    }

    fn row(&self) -> Option<&'static Row> {
        match self.0 {
            Repr::Known(row) => Some(row),
            Repr::Other(_) => None,
        }
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Region {}

impl Hash for Region {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Region {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({:?})", self.name())
    }
}

struct Row {
    name: &'static str,
    display: Option<&'static str>,
    tag: Option<&'static str>,
    cloud: Cloud,
    geo_code: Option<&'static str>,
    pair: Option<&'static str>,
    spellings: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/regions.rs"));

fn find(table: &[(&str, usize)], key: &str) -> Option<&'static Row> {
    let place = table.binary_search_by(|(other, _)| (*other).cmp(key)).ok()?;
    table.get(place).and_then(|(_, index)| ROWS.get(*index))
}

fn fold(text: &str) -> String {
    let text = text.trim();
    let bare = text.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(text, |(_, name)| name);
    bare.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_leads_to_its_region() {
        for region in Region::all() {
            let upper = region.name().to_uppercase();
            for spelling in
                region.spellings().chain([region.display_name(), region.tag_suffix(), upper.as_str()])
            {
                assert_eq!(Region::parse(spelling), region, "{spelling}");
            }
            assert!(region.is_known() && region.cloud().is_some());
        }
        assert_eq!(Region::all().count(), 93);
    }

    #[test]
    fn odd_spellings_of_tag_files_and_of_the_portal() {
        for (odd, name) in [
            ("centralfrance", "francecentral"),
            ("germanywc", "germanywestcentral"),
            ("usstagee", "eastusstg"),
            ("europewest", "westeurope"),
            ("(Asia Pacific) Korea Central", "koreacentral"),
            (" west-us 2", "westus2"),
        ] {
            assert_eq!(Region::parse(odd).name(), name);
        }
        assert_ne!(Region::parse("eastus2stage"), Region::parse("eastus2"));
    }

    #[test]
    fn pairs_may_be_one_way() {
        let pair = |name: &str| Region::parse(name).paired().map(|region| region.name().to_owned());
        assert_eq!(pair("koreacentral").as_deref(), Some("koreasouth"));
        assert_eq!(pair("westus3").as_deref(), Some("eastus"));
        assert_eq!(pair("eastus").as_deref(), Some("westus"));
        assert_eq!((pair("polandcentral"), pair("nowhere")), (None, None));
    }

    #[test]
    fn geo_codes_lead_back() {
        for region in Region::all() {
            if let Some(code) = region.geo_code() {
                assert_eq!(Region::from_geo_code(code), Some(region.clone()), "{code}");
                assert_eq!(Region::from_geo_code(&format!("{code}r")), Some(region));
            }
        }
        assert_eq!(Region::from_geo_code("esc"), Some(Region::parse("spaincentral")));
        assert_eq!(Region::from_geo_code("zzz"), None);
    }

    #[test]
    fn an_unknown_region_is_kept_and_claims_nothing() {
        let moon = Region::parse("Moon East");
        assert_eq!(
            (moon.name(), moon.display_name(), moon.tag_suffix()),
            ("mooneast", "mooneast", "mooneast")
        );
        assert_eq!((moon.cloud(), moon.geo_code(), moon.paired()), (None, None, None));
        assert_eq!(moon.spellings().collect::<Vec<_>>(), ["mooneast"]);
        assert_eq!(Region::parse("(").name(), "(");
    }
}
